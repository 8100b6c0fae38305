using System.Text.Json;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The JSON of --speculative-config, with vLLM's keys and one of ours, `verification`.</summary>
internal static class SpeculativeConfig
{
    private const string Flag = "--speculative-config";

    private static readonly string[] Keys =
        ["method", "model", "num_speculative_tokens", "prompt_lookup_max", "prompt_lookup_min", "verification"];

    /// <summary>Reads it.</summary>
    /// <param name="json">As the user wrote it.</param>
    /// <param name="problem">One sentence where it cannot be used; empty otherwise.</param>
    /// <returns>Null with a problem.</returns>
    internal static SpeculationOptions? Read(string json, out string problem)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            problem = "";
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            problem = $"{Flag} expects JSON such as {{\"method\": \"ngram\", \"num_speculative_tokens\": 4}}, came `{json}`";
        }
        catch (FormatException wrong)
        {
            problem = $"{Flag}: {wrong.Message}";
        }
        return null;
    }

    private static SpeculationOptions Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException($"expected a JSON object, came `{root.GetRawText()}`");
        foreach (var name in root.EnumerateObject().Select(one => one.Name))
            if (!Keys.Contains(name))
                throw new FormatException($"key `{name}` is not known; known are {string.Join(", ", Keys)}");
        var (least, most) = (Number(root, "prompt_lookup_min"), Number(root, "prompt_lookup_max"));
        var model = Text(root, "model");
        return new SpeculationOptions(
            Method(Text(root, "method"), model), model, Number(root, "num_speculative_tokens"),
            least ?? most, most ?? least, // As upstream: one alone stands for both.
            OneOf("verification", Text(root, "verification"), "coupled", "standard"));
    }

    private static string Method(string? method, string? model) =>
        OneOf("method", method, "ngram", "draft_model") switch
        {
            "ngram" when model is not null => throw new FormatException("`model` is for the method draft_model, came ngram"),
            "ngram" => "ngram",
            _ when model is null => throw new FormatException("expected `method` ngram, or the `model` that drafts"),
            _ => "draft-model",
        };

    private static string? OneOf(string key, string? value, params string[] allowed) => value is null || allowed.Contains(value)
        ? value
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
