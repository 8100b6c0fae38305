using System.Text.Json;

namespace Gaudi.Tests.Cluster.Commands;

/// <summary>The names of a JSON text, in their order: `[{a,b:[{c}]}]`. All objects of a list must have the same.</summary>
internal static class JsonShape
{
    internal static string Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', element.EnumerateObject().Select(Named))}}}",
        JsonValueKind.Array => $"[{string.Join('|', element.EnumerateArray().Select(Of).Distinct())}]",
        _ => "",
    };

    private static string Named(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? $"{property.Name}:{Of(property.Value)}"
            : property.Name;
}
