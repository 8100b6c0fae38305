using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>
/// The fields of one request. A field that is null counts as absent. Every read checks the
/// type and the range; what was never read is known in the end.
/// </summary>
internal sealed class RequestFields
{
    private readonly SortedDictionary<string, JsonElement> _values;
    private readonly HashSet<string> _unread;

    private RequestFields(SortedDictionary<string, JsonElement> values)
    {
        _values = values;
        _unread = new HashSet<string>(values.Keys, StringComparer.Ordinal);
    }

    /// <summary>Sentences about values that were changed before use. Few and fixed: they are logged.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>Names that no read asked for, in ordinal order.</summary>
    public IEnumerable<string> Unread => _values.Keys.Where(_unread.Contains);

    /// <summary>The fields of a JSON object.</summary>
    public static RequestFields Of(JsonElement body)
    {
        var values = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in body.EnumerateObject())
        {
            values[property.Name] = property.Value;
        }
        return new RequestFields(values);
    }

    /// <summary>The fields that no read asked for, with their values, in ordinal order.</summary>
    public ImmutableArray<(string Name, JsonElement Value)> Rest() => [.. Unread.Select(name => (name, _values[name]))];

    /// <summary>The value as it is; null when absent or null.</summary>
    public JsonElement? Element(string name)
    {
        _unread.Remove(name);
        return _values.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A string; null when absent.</summary>
    public string? Text(string name) => Element(name) is { } value ? TextOf(value, name) : null;

    /// <summary>A boolean.</summary>
    public bool Flag(string name, bool absent) => Element(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Wrong(name, "a boolean", value),
    };

    /// <summary>An integer; null when absent.</summary>
    public long? Integer(string name, long min = long.MinValue, long max = long.MaxValue) =>
        Element(name) is { } value ? IntegerOf(value, name, min, max) : null;

    /// <summary>A number; null when absent.</summary>
    /// <param name="name">The field.</param>
    /// <param name="min">Smallest allowed.</param>
    /// <param name="max">Largest allowed; <see cref="float.MaxValue"/> sets no limit but that of the type.</param>
    /// <param name="isMinAllowed">False when the number must be over <paramref name="min"/>.</param>
    public float? Number(string name, double min, double max, bool isMinAllowed = true)
    {
        if (Element(name) is not { } value)
            return null;
        var range = (isMinAllowed, max) switch
        {
            (false, float.MaxValue) => $"a finite number over {min}",
            (false, _) => $"a number over {min} and up to {max}",
            _ => $"a number from {min} to {max}",
        };
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
            throw Wrong(name, range, value);
        if (number < min || number > max || (number == min && !isMinAllowed))
            throw Wrong(name, range, value);
        // A number just over the smallest may round down to it.
        return isMinAllowed ? (float)number : Math.Max((float)number, MathF.BitIncrement((float)min));
    }

    /// <summary>One string or an array of strings; empty when absent.</summary>
    public ImmutableArray<string> Texts(string name) => Element(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } value => [TextOf(value, name)],
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select(item => TextOf(item, name))],
        { } value => throw Wrong(name, "a string or an array of strings", value),
    };

    /// <summary>An array of strings; empty when absent.</summary>
    public ImmutableArray<string> TextList(string name) =>
        Element(name) is { ValueKind: not JsonValueKind.Array } value ? throw Wrong(name, "an array of strings", value) : Texts(name);

    /// <summary>An array of integers; empty when absent.</summary>
    public ImmutableArray<int> Integers(string name, int min, int max) => Element(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } value =>
            [.. value.EnumerateArray().Select(item => (int)IntegerOf(item, name, min, max))],
        { } value => throw Wrong(name, "an array of integers", value),
    };

    /// <summary>An object; null when absent.</summary>
    public JsonElement? Object(string name) =>
        Element(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? value
        : throw Wrong(name, "an object", value);

    /// <summary>An object's fields; null when absent.</summary>
    public RequestFields? Fields(string name) => Object(name) is { } value ? Of(value) : null;

    /// <summary>The answer for a field of the wrong type or out of range.</summary>
    public static ApiException Wrong(string name, string expected, JsonElement got) =>
        ApiException.Invalid($"Expected `{name}` to be {expected}, got {JsonText.Shown(got)}.", name);

    /// <summary>The text of a value that must be a string.</summary>
    public static string TextOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "a string", value);

    /// <summary>The number in a value that must be an integer; 5.0 is one.</summary>
    public static long IntegerOf(JsonElement value, string name, long min, long max)
    {
        var number = min;
        var isInteger = value.ValueKind == JsonValueKind.Number && TryInteger(value, out number);
        if (isInteger && number >= min && number <= max)
            return number;
        var range = (min, max) switch
        {
            (long.MinValue, long.MaxValue) => "an integer of 64 bits",
            (_, int.MaxValue) when number <= max => $"an integer of at least {min}",
            _ => $"an integer from {min} to {max}",
        };
        throw Wrong(name, range, value);
    }

    private static bool TryInteger(JsonElement value, out long number)
    {
        const double ExactMax = 1L << 53;
        if (value.TryGetInt64(out number))
            return true;
        if (!value.TryGetDouble(out var real) || real != Math.Truncate(real) || Math.Abs(real) > ExactMax)
            return false;
        number = (long)real;
        return true;
    }
}
