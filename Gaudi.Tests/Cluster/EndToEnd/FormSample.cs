using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>A form to ask for, and an independent judge of what came.</summary>
/// <param name="Kind">json, regex or choice.</param>
/// <param name="Text">Schema, expression, or an array of texts.</param>
internal sealed record FormSample(string Kind, string Text)
{
    /// <summary>Ten schemas, eight expressions, two choices; all of bounded length.</summary>
    internal static FormSample[] All { get; } =
    [
        new("json", """{"type":"object","properties":{"name":{"type":"string","maxLength":10},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}"""),
        new("json", """{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":4}"""),
        new("json", """{"enum":["red","green",{"blue":[1,2]},null,7.5]}"""),
        new("json", """{"type":"object","properties":{"ok":{"type":"boolean"},"why":{"type":["string","null"],"maxLength":8}},"required":["ok"]}"""),
        new("json", """{"anyOf":[{"type":"string","pattern":"^[A-Z]{2}-[0-9]{3}$"},{"type":"number"},{"type":"array","items":{"oneOf":[{"type":"null"},{"type":"string","format":"time"},{"const":7}]},"minItems":1,"maxItems":2}]}"""),
        new("json", """{"type":"object","properties":{"point":{"$ref":"#/$defs/point"},"from":{"allOf":[{"$ref":"#/$defs/point"}]}},"required":["point"],"$defs":{"point":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"}},"required":["x","y"],"additionalProperties":false}}}"""),
        new("json", """{"type":"array","prefixItems":[{"type":"boolean"},{"type":["null","integer"]}],"items":{"type":"array","items":{"type":"boolean"},"maxItems":2},"minItems":2,"maxItems":4}"""),
        new("json", """{"type":"string","minLength":3,"maxLength":9}"""),
        new("json", """{"type":"object","properties":{"kind":{"const":"card"},"id":{"type":"string","format":"uuid"}},"required":["kind","id"]}"""),
        new("json", """{"type":"object","properties":{"day":{"type":"string","format":"date"},"tags":{"type":"array","items":{"enum":["a","b","c"]},"maxItems":3}},"required":["tags"],"additionalProperties":false}"""),
        new("regex", "[a-z]{3,12}"),
        new("regex", @"\d{3}-\d{4}"),
        new("regex", "(yes|no|perhaps)( please)?"),
        new("regex", @"[A-Z][a-z]{0,8}( [A-Z][a-z]{0,8}){1,2}"),
        new("regex", @"(\d{1,3}\.){3}\d{1,3}"),
        new("regex", "[^a-z]{4}"),
        new("regex", "é(ü|ß){1,4}😀"),
        new("regex", @"\w+@[a-z]{1,9}\.(com|org)".Replace("+", "{1,10}", StringComparison.Ordinal)),
        new("choice", """["positive","negative","neutral"]"""),
        new("choice", """["a","ab","abc","ä b","\"quoted\""]"""),
    ];

    /// <summary>Keywords of the schemas, at any place where a schema stands.</summary>
    internal static IEnumerable<string> Keywords =>
        All.Where(sample => sample.Kind == "json").SelectMany(sample => KeywordsOf(JsonNode.Parse(sample.Text))).Distinct();

    /// <summary>As `structured_outputs` has it.</summary>
    internal JsonObject ToField() => new() { [Kind] = Kind == "regex" ? JsonValue.Create(Text) : JsonNode.Parse(Text) };

    /// <summary>What is wrong with a text; null when it has the form.</summary>
    internal string? Fault(string text) => Kind switch
    {
        "json" => FaultOfDocument(text),
        "regex" => IsMatch(Text, text) ? null : "does not match",
        _ => JsonSerializer.Deserialize<string[]>(Text)!.Contains(text) ? null : "is none of the choices",
    };

    /// <summary>Whether a text matches as a whole, by the framework's engine. A character is a code point, as Python has it.</summary>
    internal static bool IsMatch(string expression, string text) =>
        Regex.IsMatch(OfOneUnit(text), $"^(?:{OfOneUnit(expression)})\\z", RegexOptions.CultureInvariant);

    // The framework counts halves of surrogate pairs: those characters are given others to stand for them.
    private static string OfOneUnit(string text) => string.Concat(text.EnumerateRunes().Select(
        rune => rune.IsBmp ? rune.ToString() : ((char)(0xE000 + (rune.Value % 0x1000))).ToString()));

    // Names of properties and definitions are no keywords; what const and enum hold is no schema.
    private static IEnumerable<string> KeywordsOf(JsonNode? schema) => schema switch
    {
        JsonObject fields => fields.SelectMany(field => KeywordsBelow(field.Key, field.Value).Prepend(field.Key)),
        JsonArray schemas => schemas.SelectMany(KeywordsOf),
        _ => [],
    };

    private static IEnumerable<string> KeywordsBelow(string keyword, JsonNode? value) => keyword switch
    {
        "properties" or "$defs" => value!.AsObject().SelectMany(named => KeywordsOf(named.Value)),
        "const" or "enum" or "required" => [],
        _ => KeywordsOf(value),
    };

    private string? FaultOfDocument(string text)
    {
        try
        {
            var result = JsonSchema.FromText(Text).Evaluate(
                JsonElement.Parse(text), new EvaluationOptions { RequireFormatValidation = true, OutputFormat = OutputFormat.List });
            return result.IsValid ? null : "does not validate: " + JsonSerializer.Serialize(result.Details?.Select(one => one.Errors));
        }
        catch (JsonException broken)
        {
            return $"is no JSON: {broken.Message}";
        }
    }
}
