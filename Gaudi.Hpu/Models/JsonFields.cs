using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace Gaudi.Hpu.Models;

/// <summary>The fields of one JSON object, read by type. What is wrong is collected and thrown once, all of it.</summary>
internal sealed class JsonFields
{
    private readonly JsonElement _object;
    private readonly string _prefix;
    private readonly string _path;
    private readonly List<string> _problems;

    private JsonFields(JsonElement element, string prefix, string path, List<string> problems)
    {
        _object = element;
        _prefix = prefix;
        _path = path;
        _problems = problems;
    }

    /// <exception cref="CheckpointException">No such file, or it is not one JSON object without repeated keys.</exception>
    public static JsonFields Open(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            if (!Utf8.IsValid(bytes)) // The parser would not see it, and fail when the text is asked for.
                throw new CheckpointException($"{path}: expected UTF-8 text, came other bytes; copy the file again from its source");
            using var document = JsonDocument.Parse(
                PythonNumbers.AsJson(bytes), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new JsonFields(document.RootElement.Clone(), "", path, []);
            throw new CheckpointException(
                $"{path}: expected a JSON object, came {Describe(document.RootElement)}; copy the file again from its source");
        }
        catch (JsonException error)
        {
            throw new CheckpointException(
                $"{path}: expected JSON, but {error.Message}; copy the file again from its source", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: expected a readable file, but {error.Message}", error);
        }
    }

    /// <summary>Notes that a field is wrong.</summary>
    public void Problem(string name, string expected, string came) =>
        _problems.Add($"'{_prefix}{name}': expected {expected}, came {came}");

    /// <exception cref="CheckpointException">There were problems here or in the other file.</exception>
    public void ThrowIfProblems(JsonFields? other)
    {
        var lines = new[] { this, other }.OfType<JsonFields>().Where(file => file._problems.Count > 0)
            .Select(file => $"{file._path}: {string.Join("; ", file._problems.Distinct())}").ToArray();
        if (lines.Length > 0)
            throw new CheckpointException(string.Join("; ", lines) + "; correct these fields");
    }

    /// <summary>Whether the field is there and not null, right or wrong.</summary>
    public bool IsGiven(string name) => FindValue(name, out _);

    /// <summary>Whether the field is there and null.</summary>
    public bool IsNull(string name) => Find(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>A whole number of at least 1; when it is missing or wrong, 1 and a problem.</summary>
    public int RequiredCount(string name)
    {
        if (!Find(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            Problem(name, "a whole number of at least 1", "nothing");
            return 1;
        }
        return Count(name) ?? 1;
    }

    /// <summary>A whole number of at least 1; null when absent, null, or wrong.</summary>
    public int? Count(string name) => Value(name, "a whole number of at least 1", value => AsWhole(value, least: 1));

    /// <summary>A whole number, also one below 0; null when absent, null, or wrong.</summary>
    public int? Whole(string name) => Value(name, "a whole number", value => AsWhole(value, least: int.MinValue));

    /// <summary>A whole number of at least 0; null when absent, null, or wrong.</summary>
    public int? CountOrZero(string name) => Value(name, "a whole number of at least 0", value => AsWhole(value, least: 0));

    /// <summary>A finite number over 0; null when absent, null, or wrong.</summary>
    public double? PositiveNumber(string name) => Value(name, "a number over 0", AsPositive);

    /// <summary>A finite number of at least 0; null when absent, null, or wrong.</summary>
    public double? NumberOrZero(string name) =>
        Value(name, "a number of at least 0", value => AsNumber(value, number => number >= 0 && double.IsFinite(number)));

    /// <summary>Whether the field is there and a text.</summary>
    public bool IsText(string name) => FindValue(name, out var value) && value.ValueKind == JsonValueKind.String;

    /// <summary>A list of that many finite numbers; null when absent, null, or wrong.</summary>
    public ImmutableArray<double>? Numbers(string name, int count) => Numbers(name, count, double.IsFinite);

    /// <summary>
    /// Two numbers, the first at least 0 and not over the second, which may be infinite; null when absent, null, or wrong.
    /// </summary>
    public (double Least, double Most)? Limits(string name) =>
        Numbers(name, 2, number => number >= 0) is not { } limits ? null
        : limits[0] <= limits[1] ? (limits[0], limits[1])
        : Wrong(name, limits);

    private (double Least, double Most)? Wrong(string name, ImmutableArray<double> limits)
    {
        Problem(name, "the smaller number first", $"[{limits[0]}, {limits[1]}]");
        return null;
    }

    private ImmutableArray<double>? Numbers(string name, int count, Func<double, bool> isAllowed) =>
        List(name, $"a list of {count} numbers", value => AsNumber(value, isAllowed), count);

    /// <summary>A list of finite numbers over 0; null when absent, null, or wrong.</summary>
    public ImmutableArray<double>? PositiveNumbers(string name) => List(name, "a list of numbers over 0", AsPositive);

    /// <summary>A list of whole numbers of at least 1; null when absent, null, or wrong.</summary>
    public ImmutableArray<int>? Counts(string name) =>
        List(name, "a list of whole numbers of at least 1", value => AsWhole(value, least: 1));

    /// <summary>True or false; null when absent, null, or wrong.</summary>
    public bool? Flag(string name)
    {
        if (!FindValue(name, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Problem(name, "true or false", Describe(value));
        return null;
    }

    /// <summary>Text; null when absent, null, or wrong.</summary>
    public string? Text(string name)
    {
        if (!FindValue(name, out var value))
            return null;
        if (AsText(value) is { } text)
            return text;
        Problem(name, "text", Describe(value));
        return null;
    }

    /// <summary>A list of text; null when absent, null, or wrong.</summary>
    public ImmutableArray<string>? Texts(string name)
    {
        if (!FindValue(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => AsText(item) is not null))
            return [.. value.EnumerateArray().Select(item => AsText(item)!)];
        Problem(name, "a list of text", Describe(value));
        return null;
    }

    /// <summary>One token id or a list of them; null when absent, empty when null or wrong.</summary>
    public ImmutableArray<int>? TokenIds(string name)
    {
        if (!Find(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Null)
            return [];
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        var ids = ImmutableArray.CreateBuilder<int>(items.Length);
        foreach (var item in items)
        {
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0)
                ids.Add(id);
            else
                Problem(name, "a token id or a list of them", Describe(item));
        }
        return ids.ToImmutable();
    }

    /// <summary>An object's fields, which report into the same list; null when absent, null, or wrong.</summary>
    public JsonFields? Object(string name)
    {
        if (!FindValue(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Object)
            return new JsonFields(value, $"{_prefix}{name}.", _path, _problems);
        Problem(name, "an object", Describe(value));
        return null;
    }

    /// <summary>The objects of an object, whatever their names; empty when absent, null, or wrong.</summary>
    public ImmutableArray<JsonFields> Objects(string name)
    {
        if (Object(name) is not { } all)
            return [];
        var names = all._object.EnumerateObject().Select(one => one.Name).ToArray();
        return [.. names.Select(all.Object).OfType<JsonFields>()];
    }

    /// <summary>The numbers over 0 of an object, by name in the file's order; empty when absent, null, or wrong.</summary>
    public ImmutableArray<(string Name, double Value)> PositiveNumbersByName(string name) => Object(name) is not { } all
        ? []
        :
        [
            .. all._object.EnumerateObject().Select(one => one.Name).ToArray()
                .Select(key => (Name: key, Value: all.PositiveNumber(key))).Where(one => one.Value is not null)
                .Select(one => (one.Name, one.Value!.Value)),
        ];

    /// <summary>What a field says that is neither absent, null, false, nor empty; null for such a one.</summary>
    public string? IsSet(string name) => !FindValue(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.False => null,
        JsonValueKind.Array when value.GetArrayLength() == 0 => null,
        JsonValueKind.Object when !value.EnumerateObject().Any() => null,
        _ => Describe(value),
    };

    private bool Find(string name, out JsonElement value) => _object.TryGetProperty(name, out value);

    private bool FindValue(string name, out JsonElement value) =>
        Find(name, out value) && value.ValueKind != JsonValueKind.Null;

    // Null when absent, null, or what cannot be read: that is noted.
    private T? Value<T>(string name, string expected, Func<JsonElement, T?> read) where T : struct
    {
        if (!FindValue(name, out var value))
            return null;
        if (read(value) is { } known)
            return known;
        Problem(name, expected, Describe(value));
        return null;
    }

    private ImmutableArray<T>? List<T>(string name, string expected, Func<JsonElement, T?> read, int? count = null)
        where T : struct => Value<ImmutableArray<T>>(name, expected, value =>
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != (count ?? value.GetArrayLength()))
            return null;
        var items = value.EnumerateArray().Select(read).ToArray();
        return items.All(item => item is not null) ? [.. items.Select(item => item!.Value)] : null;
    });

    private static int? AsWhole(JsonElement value, int least) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least ? number : null;

    private static double? AsNumber(JsonElement value, Func<double, bool> isAllowed) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && isAllowed(number) ? number : null;

    private static double? AsPositive(JsonElement value) => AsNumber(value, number => number > 0 && double.IsFinite(number));

    private static string? AsText(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException) // Half a surrogate pair.
        {
            return null;
        }
    }

    private static string Describe(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
