using System.Text.Json;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>One call, as a model wrote it.</summary>
/// <param name="Name">Of the function. Not checked against the request's tools: the client knows what to answer.</param>
/// <param name="Arguments">A JSON object, byte for byte as generated.</param>
internal sealed record ToolCall(string Name, string Arguments)
{
    /// <summary>Reads `{"name": ..., "arguments": {...}}`, or `parameters` in place of `arguments`.</summary>
    /// <returns>Null for any other text.</returns>
    public static ToolCall? Read(string json)
    {
        try
        {
            var root = StrictJson.Parse(json);
            return root.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
                && name.GetString() is { Length: > 0 } function
                && (root.TryGetProperty("arguments", out var arguments) || root.TryGetProperty("parameters", out arguments))
                && arguments.ValueKind == JsonValueKind.Object
                    ? new ToolCall(function, arguments.GetRawText())
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
