using System.Globalization;
using Akka.Configuration;

namespace Gaudi.Actors.Settings;

/// <summary>Reads keys of one configuration, remembers which, and collects every problem instead of stopping at the first.</summary>
internal sealed class SettingsReader(Config config)
{
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    internal IReadOnlySet<string> Keys => _keys;

    internal IReadOnlyList<string> Problems => _problems;

    internal string Text(string key) => Raw(key) ?? "";

    internal string OneOf(string key, params string[] allowed)
    {
        var value = Text(key);
        if (!allowed.Contains(value))
            Complain(key, value, string.Join(", ", allowed));
        return value;
    }

    internal bool Switch(string key) => OneOf(key, "on", "off", "true", "false") is "on" or "true";

    internal int Count(string key, int least, int most = int.MaxValue) => (int)Number(key, least, most);

    internal long Bytes(string key) => Number(key, 0, long.MaxValue);

    internal TimeSpan Milliseconds(string key) => TimeSpan.FromMilliseconds(Number(key, 1, int.MaxValue));

    internal double Fraction(string key)
    {
        var text = Text(key);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 1)
            return value;
        Complain(key, text, "a number over 0, at most 1");
        return 1;
    }

    internal IReadOnlyList<string> List(string key)
    {
        _keys.Add(key);
        if (config.GetValue(key) is { } value && !value.IsString() && !value.IsObject())
            return [.. config.GetStringList(key)];
        _problems.Add($"{key} is not a list: allowed is [a, b]");
        return [];
    }

    internal void Complain(string key, string value, string allowed) =>
        _problems.Add($"{key} = {value}: allowed is {allowed}");

    private long Number(string key, long least, long most)
    {
        var text = Text(key);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
            return value;
        Complain(key, text, most is int.MaxValue or long.MaxValue
            ? $"a whole number, at least {least}"
            : $"a whole number from {least} to {most}");
        return least;
    }

    private string? Raw(string key)
    {
        _keys.Add(key);
        if (config.HasPath(key))
            return config.GetString(key);
        _problems.Add($"{key} is missing: hocon/reference.conf must give its default");
        return null;
    }
}
