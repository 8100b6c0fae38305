using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Actors.Constraints;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>The form of an answer that must call: the arguments of the named function, or an array of calls.</summary>
internal static class ToolSchemas
{
    private static readonly string[] Definitions = ["$defs", "definitions"];

    /// <summary>Null where the model decides, or may not call.</summary>
    /// <exception cref="ApiException">Schemas that cannot be put together.</exception>
    public static OutputConstraint? Of(ToolUse use) => use.Choice switch
    {
        ToolChoice.Named { Tool.Parameters: null } => new OutputConstraint(ConstraintKind.JsonObject, ""),
        ToolChoice.Named named => Schema(Arguments(named.Tool)),
        ToolChoice.Required => Schema(Calls(use)),
        _ => null,
    };

    private static OutputConstraint Schema(JsonObject schema) =>
        new(ConstraintKind.JsonSchema, schema.ToJsonString(JsonSerializerOptions.Default));

    // Arguments are an object whether the schema says so or not.
    private static JsonObject Arguments(Tool tool)
    {
        var schema = tool.Parameters is { } given ? JsonObject.Create(given)! : [];
        if (!schema.ContainsKey("type"))
            schema.Insert(0, "type", "object");
        return schema;
    }

    private static JsonObject Calls(ToolUse use)
    {
        var root = new JsonObject { ["type"] = "array", ["minItems"] = 1 };
        if (!use.AreParallel)
            root["maxItems"] = 1;
        var calls = new JsonArray([.. use.Tools.Select((tool, index) => Call(tool, root, $"tools[{index}].function.parameters"))]);
        root["items"] = new JsonObject { ["anyOf"] = calls };
        return root;
    }

    private static JsonObject Call(Tool tool, JsonObject root, string place)
    {
        var arguments = Arguments(tool);
        CheckReferences(arguments, place);
        foreach (var name in Definitions)
            Lift(arguments, name, root, place);
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["name"] = new JsonObject { ["enum"] = new JsonArray(tool.Name) },
                ["parameters"] = arguments,
            },
            ["required"] = new JsonArray("name", "parameters"),
            ["additionalProperties"] = false,
        };
    }

    // Definitions are found from the root of a schema, and the array is the root now.
    private static void Lift(JsonObject from, string name, JsonObject root, string place)
    {
        if (from[name] is not JsonObject definitions)
            return;
        from.Remove(name);
        if (root[name] is not JsonObject all)
            root[name] = all = [];
        foreach (var (key, definition) in definitions.ToArray())
        {
            if (!all.ContainsKey(key))
                all[key] = definition?.DeepClone();
            else if (!JsonNode.DeepEquals(all[key], definition))
                throw ApiException.Invalid(
                    $"Expected definitions of one name in the tools' schemas to be alike under `tool_choice` required, got two of "
                    + $"{JsonText.Quoted(key)}; rename one.", $"{place}.{name}");
        }
    }

    private static void CheckReferences(JsonNode? node, string place)
    {
        foreach (var inner in node is JsonArray list ? list : node is JsonObject fields ? fields.Select(field => field.Value) : [])
            CheckReferences(inner, place);
        if (node is JsonObject schema && schema["$ref"] is JsonValue reference && reference.GetValueKind() == JsonValueKind.String
            && !Definitions.Any(name => reference.GetValue<string>().StartsWith($"#/{name}/", StringComparison.Ordinal)))
            throw ApiException.Invalid(
                $"Expected `$ref` in a tool's schema to begin with #/$defs/ under `tool_choice` required, got "
                + $"{JsonText.Quoted(reference.GetValue<string>())}.", place);
    }
}
