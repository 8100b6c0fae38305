using System.Text.Json;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The JSON of --kv-transfer-config, with vLLM's keys; kv_connector_extra_config has ours.</summary>
internal static class KvTransferConfig
{
    private const string Flag = "--kv-transfer-config";
    private const string Extra = "kv_connector_extra_config";

    private static readonly string[] Keys = ["kv_connector", "kv_role", "kv_load_failure_policy", "engine_id", Extra];
    private static readonly string[] ExtraKeys =
        ["release_timeout_ms", "stall_timeout_ms", "lane_bytes_per_second", "loads_max"];

    /// <summary>Reads it.</summary>
    /// <param name="json">As the user wrote it.</param>
    /// <param name="problem">One sentence where it cannot be used; empty otherwise.</param>
    /// <returns>Null with a problem.</returns>
    internal static KvTransferOptions? Read(string json, out string problem)
    {
        try
        {
            problem = "";
            return Read(JsonElement.Parse(json));
        }
        catch (JsonException)
        {
            problem = $"{Flag} expects JSON such as {{\"kv_connector\": \"NixlConnector\", \"kv_role\": \"kv_both\"}}, came `{json}`";
        }
        catch (FormatException wrong)
        {
            problem = $"{Flag}: {wrong.Message}";
        }
        return null;
    }

    private static KvTransferOptions Read(JsonElement root)
    {
        CheckKeys(root, Keys, "");
        var extra = root.TryGetProperty(Extra, out var given) ? given : JsonElement.Parse("{}");
        CheckKeys(extra, ExtraKeys, $" in {Extra}");
        return new KvTransferOptions(
            Text(root, "kv_connector") ?? throw new FormatException("expected `kv_connector`, such as NixlConnector"),
            OneOf(root, "kv_role", "kv_producer", "kv_consumer", "kv_both")
                ?? throw new FormatException("expected `kv_role`: kv_producer, kv_consumer or kv_both"),
            OneOf(root, "kv_load_failure_policy", "recompute", "fail"), Text(root, "engine_id"),
            Number(extra, "release_timeout_ms"), Number(extra, "stall_timeout_ms"), Number(extra, "lane_bytes_per_second"),
            Number(extra, "loads_max"));
    }

    private static void CheckKeys(JsonElement root, string[] known, string where)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException($"expected a JSON object{where}, came `{root.GetRawText()}`");
        foreach (var name in root.EnumerateObject().Select(one => one.Name))
            if (!known.Contains(name))
                throw new FormatException($"key `{name}`{where} is not known; known are {string.Join(", ", known)}");
    }

    private static string? OneOf(JsonElement root, string key, params string[] allowed) =>
        Text(root, key) is not { } value || allowed.Contains(value)
            ? Text(root, key)
            : throw new FormatException($"`{key}` expects {string.Join(" or ", allowed)}, came `{value}`");

    private static string? Text(JsonElement root, string key) => root.TryGetProperty(key, out var value)
        ? value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"`{key}` expects a text, came `{value.GetRawText()}`")
        : null;

    private static int? Number(JsonElement root, string key) => root.TryGetProperty(key, out var value)
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0
            ? number
            : throw new FormatException($"`{key}` expects a whole number from 1 on, came `{value.GetRawText()}`")
        : null;
}
