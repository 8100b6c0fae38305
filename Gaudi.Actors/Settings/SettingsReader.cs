using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Gaudi.Actors.Settings;

/// <summary>Reads keys of one configuration, remembers which, and collects every problem instead of stopping at the first.</summary>
internal sealed class SettingsReader(Config config)
{
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    internal IReadOnlySet<string> Keys => _keys;

    internal IReadOnlyList<string> Problems => _problems;

    internal string Text(string key) => Scalar(key) ?? "";

    internal string OneOf(string key, params string[] allowed)
    {
        var value = Scalar(key);
        if (value is not null && !allowed.Contains(value))
            Complain(key, value, string.Join(", ", allowed));
        return value ?? "";
    }

    internal bool Switch(string key) => OneOf(key, "on", "off", "true", "false") is "on" or "true";

    internal int Count(string key, int least, int most = int.MaxValue) => (int)Number(key, least, most);

    internal long Bytes(string key) => Number(key, 0, long.MaxValue);

    internal TimeSpan Milliseconds(string key) => TimeSpan.FromMilliseconds(Number(key, 1, int.MaxValue));

    internal double Fraction(string key)
    {
        var text = Scalar(key);
        if (text is null)
            return 1;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 1)
            return value;
        Complain(key, text, "a number over 0, at most 1");
        return 1;
    }

    /// <summary>The path of a block of this configuration that makes a dispatcher.</summary>
    internal string Dispatcher(string key)
    {
        var path = Scalar(key);
        if (path is not null && !IsDispatcher(path))
            Complain(key, path, "the name of a dispatcher block, such as gaudi-card");
        return path ?? "";
    }

    internal IReadOnlyList<string> List(string key)
    {
        _keys.Add(key);
        if (!config.HasPath(key))
            Miss(key);
        else if (config.GetValue(key) is var value && !IsListOfTexts(value))
            Complain(key, Shown(value), "a list of texts, such as [a, b]");
        else
            return [.. config.GetStringList(key)];
        return [];
    }

    /// <summary>A list of API keys. No message shows them.</summary>
    internal IReadOnlyList<string> ApiKeys(string key)
    {
        _keys.Add(key);
        if (!config.HasPath(key))
            Miss(key);
        else if (!IsListOfTexts(config.GetValue(key)))
            Complain(key, "(not shown)", "a list of keys, such as [a, b]");
        else if (config.GetStringList(key) is var keys && !keys.All(ApiKeyText.IsUsable))
            Complain(key, "(not shown)", $"a list of keys, each of {ApiKeyText.Expected}");
        else
            return [.. keys];
        return [];
    }

    internal void Complain(string key, string value, string allowed) =>
        _problems.Add($"{key} = {value}: allowed is {allowed}");

    private long Number(string key, long least, long most)
    {
        var text = Scalar(key);
        if (text is null)
            return least;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
            return value;
        Complain(key, text, $"a whole number from {least} to {most}");
        return least;
    }

    // Null: the problem is noted already.
    private string? Scalar(string key)
    {
        _keys.Add(key);
        if (!config.HasPath(key))
            Miss(key);
        else if (config.GetValue(key) is var value && !value.IsString())
            Complain(key, Shown(value), "one value, no list and no block");
        else
            return config.GetString(key) ?? "";
        return null;
    }

    // Akka's own dispatchers are not in this configuration, but always there.
    private bool IsDispatcher(string path) =>
        path.StartsWith("akka.", StringComparison.Ordinal)
        || (path.Length > 0 && config.HasPath(path) && config.GetValue(path).IsObject());

    private static bool IsListOfTexts(HoconValue value) =>
        !value.IsString() && !value.IsObject() && value.GetArray().All(entry => entry.IsString());

    private static string Shown(HoconValue value) => value.ToString().ReplaceLineEndings(" ").Trim();

    private void Miss(string key) => _problems.Add($"{key} is missing: hocon/reference.conf must give its default");
}
