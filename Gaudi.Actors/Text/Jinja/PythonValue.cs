using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>
/// The values of templates: null, bool, long, double, string, List of object, PythonTuple, PythonDict, PythonNamespace,
/// LoopState, TemplateFunction and Undefined.
/// </summary>
internal static class PythonValue
{
    /// <summary>Python's truth of a value.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long whole => whole != 0,
        double real => real != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        PythonTuple tuple => tuple.Items.Length > 0,
        PythonDict dict => dict.Count > 0,
        _ => true,
    };

    /// <summary>What a loop over the value goes through: items, keys or characters.</summary>
    /// <exception cref="ChatTemplateException">The value holds nothing to go through.</exception>
    public static List<object?> Items(object? value, RenderBudget budget)
    {
        List<object?> items = value switch
        {
            List<object?> list => list,
            PythonTuple tuple => [.. tuple.Items],
            PythonDict dict => [.. dict.Keys],
            string text => [.. text.EnumerateRunes().Select(rune => rune.ToString())],
            Undefined => [],
            _ => throw budget.Error($"expected something to loop over, got {PythonText.TypeName(value)}"),
        };
        budget.Work(items.Count);
        return items;
    }

    /// <summary>Number of items, keys or characters.</summary>
    /// <exception cref="ChatTemplateException">The value has no length.</exception>
    public static long Length(object? value, RenderBudget budget) => value switch
    {
        string text => PythonString.Length(text),
        List<object?> list => list.Count,
        PythonTuple tuple => tuple.Items.Length,
        PythonDict dict => dict.Count,
        Undefined => 0,
        _ => throw budget.Error($"expected something with a length, got {PythonText.TypeName(value)}"),
    };

    /// <summary>The template value of a JSON value.</summary>
    public static object? OfJson(JsonNode? node) => node switch
    {
        null => null,
        JsonArray array => array.Select(OfJson).ToList(),
        JsonObject dict => OfObject(dict),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.Number => OfNumber(node.ToJsonString()),
            _ => null,
        },
    };

    private static PythonDict OfObject(JsonObject node)
    {
        var dict = new PythonDict();
        foreach (var (key, value) in node)
        {
            dict.Set(key, OfJson(value));
        }

        return dict;
    }

    private static object OfNumber(string digits)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return long.TryParse(digits, System.Globalization.NumberStyles.AllowLeadingSign, culture, out var whole)
            ? (object)whole
            : double.Parse(digits, culture);
    }
}
