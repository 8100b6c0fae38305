using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Actors.Constraints;

namespace Gaudi.Cluster.Http;

/// <summary>The kinds of form that vLLM names json, json_object, regex and choice, read from the fields that carry them.</summary>
internal static class ConstraintKinds
{
    /// <summary>Every kind that was asked for; `json_object` false asks for nothing, nor does a grammar without a text.</summary>
    /// <param name="fields">Those that hold the kinds.</param>
    /// <param name="prefix">Before a kind's name in a field's, such as `guided_`.</param>
    /// <param name="place">Where the fields are, for messages; empty for the request itself.</param>
    /// <exception cref="ApiException">A type, or a kind that this server has not.</exception>
    public static ImmutableArray<(string Field, OutputConstraint Form)> Read(RequestFields fields, string prefix, string place)
    {
        foreach (var kind in (string[])["grammar", "structural_tag"])
        {
            if (fields.Element(prefix + kind) is { } asked && asked.GetRawText() != "\"\"")
                throw ApiException.Invalid(
                    $"`{place}{prefix}{kind}` is not supported by this server; ask for json, json_object, regex or choice.",
                    place + prefix + kind);
        }
        var found = ImmutableArray.CreateBuilder<(string, OutputConstraint)>();
        Add("json", Schema);
        Add("regex", Regex);
        Add("choice", Choice);
        Add("json_object", AnyObject);
        return found.ToImmutable();

        void Add(string kind, Func<JsonElement, string, OutputConstraint?> read)
        {
            var field = prefix + kind;
            if (fields.Element(field) is { } value && read(value, place + field) is { } form)
                found.Add((field, form));
        }
    }

    /// <summary>A schema as an object, or as the JSON text of one.</summary>
    /// <exception cref="ApiException">Neither.</exception>
    public static OutputConstraint Schema(JsonElement value, string place)
    {
        const string Expected = "a JSON schema, as an object or as its text";
        if (value.ValueKind == JsonValueKind.Object)
            return new OutputConstraint(ConstraintKind.JsonSchema, value.GetRawText());
        if (value.ValueKind != JsonValueKind.String)
            throw RequestFields.Wrong(place, Expected, value);
        var text = value.GetString()!;
        try
        {
            return StrictJson.Parse(text).ValueKind == JsonValueKind.Object
                ? new OutputConstraint(ConstraintKind.JsonSchema, text)
                : throw RequestFields.Wrong(place, Expected, value);
        }
        catch (JsonException broken)
        {
            throw ApiException.Invalid($"Expected `{place}` to be {Expected}, got something else: {broken.Message}", place);
        }
    }

    private static OutputConstraint Regex(JsonElement value, string place) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } expression
            ? new OutputConstraint(ConstraintKind.Regex, expression)
            : throw RequestFields.Wrong(place, "a regular expression that is not empty", value);

    private static OutputConstraint Choice(JsonElement value, string place) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? new OutputConstraint(ConstraintKind.Choice, value.GetRawText())
            : throw RequestFields.Wrong(place, "an array of at least one string", value);

    private static OutputConstraint? AnyObject(JsonElement value, string place) => value.ValueKind switch
    {
        JsonValueKind.True => new OutputConstraint(ConstraintKind.JsonObject, ""),
        JsonValueKind.False => null,
        _ => throw RequestFields.Wrong(place, "a boolean", value),
    };
}
