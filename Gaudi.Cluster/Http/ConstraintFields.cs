using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Actors.Constraints;

namespace Gaudi.Cluster.Http;

/// <summary>
/// The fields that give an answer's form: OpenAI's `response_format`, vLLM's `structured_outputs`, and its older `guided_*`.
/// One request has at most one form.
/// </summary>
internal static class ConstraintFields
{
    private const string ResponseFormat = "response_format";
    private const string StructuredOutputs = "structured_outputs";

    /// <summary>The form that was asked for; null for any text.</summary>
    /// <exception cref="ApiException">A type, more than one form, or a form that cannot be kept.</exception>
    public static OutputConstraint? Read(RequestFields fields, ServedModel model)
    {
        ImmutableArray<(string Field, OutputConstraint Form)> asked =
            [.. OfResponseFormat(fields), .. OfStructuredOutputs(fields), .. ConstraintKinds.Read(fields, "guided_", "")];
        if (asked.Length > 1)
            throw ApiException.Invalid(
                $"Expected one form for the answer, got one from `{asked[0].Field}` and one from `{asked[1].Field}`; leave one out.",
                asked[1].Field);
        return asked.IsEmpty ? null : Checked(asked[0].Form, asked[0].Field, model);
    }

    /// <summary>The form, when it can be kept.</summary>
    /// <exception cref="ApiException">It cannot; the sentence is the compiler's.</exception>
    public static OutputConstraint Checked(OutputConstraint form, string field, ServedModel model) =>
        model.ConstraintProblem(form) is { } problem ? throw ApiException.Invalid(problem, field) : form;

    private static IEnumerable<(string Field, OutputConstraint Form)> OfResponseFormat(RequestFields fields)
    {
        if (fields.Fields(ResponseFormat) is not { } format)
            return [];
        const string Expected = "text, json_object or json_schema";
        var type = format.Element("type")
            ?? throw ApiException.Invalid($"Expected `{ResponseFormat}.type` to be {Expected}, got none.", ResponseFormat);
        return (type.ValueKind == JsonValueKind.String ? type.GetString() : null) switch
        {
            "text" => [],
            "json_object" => [(ResponseFormat, new OutputConstraint(ConstraintKind.JsonObject, ""))],
            "json_schema" => [(ResponseFormat, SchemaIn(format))],
            _ => throw RequestFields.Wrong($"{ResponseFormat}.type", Expected, type),
        };
    }

    private static OutputConstraint SchemaIn(RequestFields format)
    {
        const string Place = $"{ResponseFormat}.json_schema";
        if (format.Element("json_schema") is not { } described)
            throw ApiException.Invalid($"Expected `{Place}`: an object with name and schema; got none.", Place);
        if (described.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(Place, "an object with name and schema", described);
        var fields = RequestFields.Of(described);
        foreach (var name in (string[])["name", "description"])
        {
            if (fields.Element(name) is { ValueKind: not JsonValueKind.String } value)
                throw RequestFields.Wrong($"{Place}.{name}", "a string", value);
        }
        return fields.Element("schema") is { } schema
            ? ConstraintKinds.Schema(schema, $"{Place}.schema")
            : throw ApiException.Invalid($"Expected `{Place}.schema`: a JSON schema; got none.", $"{Place}.schema");
    }

    private static IEnumerable<(string Field, OutputConstraint Form)> OfStructuredOutputs(RequestFields fields)
    {
        if (fields.Fields(StructuredOutputs) is not { } options)
            return [];
        const string Closes = "disable_additional_properties";
        if (options.Element(Closes) is { ValueKind: JsonValueKind.True })
            throw ApiException.Invalid(
                $"`{StructuredOutputs}.{Closes}` is not supported by this server; write additionalProperties into the schema.",
                $"{StructuredOutputs}.{Closes}");
        var kinds = ConstraintKinds.Read(options, "", $"{StructuredOutputs}.");
        return kinds is [var one]
            ? [(StructuredOutputs, one.Form)]
            : throw ApiException.Invalid(
                $"Expected `{StructuredOutputs}` to hold exactly one of json, json_object, regex and choice, got "
                + $"{(kinds.IsEmpty ? "none" : string.Join(" and ", kinds.Select(kind => kind.Field)))}.", StructuredOutputs);
    }
}
