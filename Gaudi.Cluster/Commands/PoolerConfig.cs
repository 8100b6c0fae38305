using System.Text.Json;

namespace Gaudi.Cluster.Commands;

/// <summary>The JSON of --pooler-config, with vLLM's key `pooling_type`.</summary>
internal static class PoolerConfig
{
    private const string Example = "{\"pooling_type\": \"MEAN\"}, or LAST";

    /// <summary>Reads it.</summary>
    /// <param name="json">As the user wrote it.</param>
    /// <param name="problem">One sentence where it cannot be used; empty otherwise.</param>
    /// <returns>The setting's word, mean or last; null with a problem.</returns>
    internal static string? Read(string json, out string problem)
    {
        problem = $"--pooler-config expects JSON such as {Example}, came `{json}`";
        try
        {
            var root = JsonElement.Parse(json);
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Count() != 1
                || !root.TryGetProperty("pooling_type", out var type) || type.ValueKind != JsonValueKind.String)
                return null;
            var word = type.GetString()!.ToLowerInvariant();
            if (word is not ("mean" or "last"))
                return null;
            problem = "";
            return word;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
