using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gaudi.Actors.Text;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>`logit_bias`: an object from token ids, written as strings, to what is added to their logits.</summary>
internal static class LogitBiasField
{
    private const string Name = "logit_bias";

    /// <summary>A bias beyond it is cut to it. Source: OpenAI's API, and vLLM's sampling_params.py.</summary>
    private const float BiasMax = 100;

    private const int ShownKeysMax = 10;

    /// <summary>By ascending token id; empty when absent.</summary>
    /// <exception cref="ApiException">Keys that are no token ids, which are listed, or a bias that is no number.</exception>
    public static ImmutableArray<LogitBias> Read(RequestFields fields, Tokenizer tokenizer)
    {
        if (fields.Object(Name) is not { } biases || !biases.EnumerateObject().Any())
            return [];
        // "5" and "05" are one token: the last one counts.
        var byToken = new SortedDictionary<int, float>();
        var wrong = new List<string>();
        foreach (var (key, value) in biases.EnumerateObject().Select(bias => (bias.Name, bias.Value)))
        {
            if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < tokenizer.VocabularySize)
                byToken[id] = BiasOf(value, key);
            else
                wrong.Add(key);
        }
        return wrong.Count == 0
            ? [.. byToken.Select(bias => new LogitBias(bias.Key, bias.Value))]
            : throw ApiException.Invalid(
                $"Expected the keys of `{Name}` to be token ids from 0 to {tokenizer.VocabularySize - 1}, got {Shown(wrong)}.", Name);
    }

    private static float BiasOf(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var bias) && double.IsFinite(bias)
            ? (float)Math.Clamp(bias, -BiasMax, BiasMax)
            : throw ApiException.Invalid(
                $"Expected `{Name}` to hold finite numbers, got {JsonText.Shown(value)} for token {key}.", Name);

    private static string Shown(List<string> keys)
    {
        var shown = string.Join(", ", keys.Take(ShownKeysMax).Select(JsonText.Quoted));
        return keys.Count > ShownKeysMax ? $"{shown} and {keys.Count - ShownKeysMax} more" : shown;
    }
}
