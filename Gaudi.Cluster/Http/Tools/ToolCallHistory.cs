using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>`tool_calls` of a message of the past, as templates want them: the arguments as an object, not as its text.</summary>
internal static class ToolCallHistory
{
    /// <summary>The calls; null for none.</summary>
    /// <exception cref="ApiException">A call of another form, or arguments that are no JSON.</exception>
    public static JsonElement? Read(JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw RequestFields.Wrong(place, "an array of calls", value);
        if (value.GetArrayLength() == 0)
            return null;
        var calls = value.EnumerateArray().Select((call, index) => (JsonNode)Call(call, $"{place}[{index}]"));
        return JsonSerializer.SerializeToElement(new JsonArray([.. calls]), JsonSerializerOptions.Default);
    }

    private static JsonObject Call(JsonElement call, string place)
    {
        if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function)
            || function.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(
                place, "an object of the form {\"type\": \"function\", \"function\": {\"name\": \"...\", \"arguments\": \"...\"}}", call);
        var node = JsonObject.Create(call)!;
        node["function"]!["arguments"] = function.TryGetProperty("arguments", out var arguments)
            ? Arguments(arguments, $"{place}.function.arguments")
            : new JsonObject();
        return node;
    }

    private static JsonNode? Arguments(JsonElement arguments, string place)
    {
        const string Expected = "a JSON object, or the text of one";
        if (arguments.ValueKind is JsonValueKind.Null)
            return new JsonObject();
        if (arguments.ValueKind == JsonValueKind.Object)
            return JsonObject.Create(arguments);
        if (arguments.ValueKind != JsonValueKind.String)
            throw RequestFields.Wrong(place, Expected, arguments);
        var text = arguments.GetString()!;
        if (string.IsNullOrWhiteSpace(text))
            return new JsonObject();
        try
        {
            var parsed = StrictJson.Parse(text);
            return parsed.ValueKind == JsonValueKind.Object
                ? JsonObject.Create(parsed)
                : throw RequestFields.Wrong(place, Expected, arguments);
        }
        catch (JsonException broken)
        {
            throw ApiException.Invalid($"Expected `{place}` to be {Expected}, got something else: {broken.Message}", place);
        }
    }
}
