using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>The sampling fields of a request, checked and brought to the form the engine takes.</summary>
internal static class SamplingFields
{
    /// <summary>Below it sampling is greedy. Source: vLLM's sampling_params.py.</summary>
    public const float GreedyBelow = 1e-5f;

    /// <summary>
    /// A temperature between greedy and this is raised to it: dividing by less overflows. Source: as above.
    /// </summary>
    public const float TemperatureMin = 0.01f;

    /// <summary>Reads and checks the fields.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="model">For fields the client left out, and for its vocabulary.</param>
    /// <param name="settings">Limits.</param>
    /// <param name="stop">What min_tokens holds off.</param>
    /// <param name="logprobCount">Alternatives beside each token; null reports none.</param>
    /// <param name="numbers">Gives the seed when the client gave none.</param>
    /// <exception cref="ApiException">A type, a range, a token outside the vocabulary, or no token left to draw.</exception>
    public static SamplingParameters Read(
        RequestFields fields, ServedModel model, HttpServerSettings settings, StopFields stop, int? logprobCount,
        IRequestNumbers numbers)
    {
        var tokensMin = (int)(fields.Integer("min_tokens", 0, int.MaxValue) ?? 0);
        var sampling = Draw(fields, model.Sampling, logprobCount, numbers) with
        {
            PresencePenalty = fields.Number("presence_penalty", -2, 2) ?? 0,
            FrequencyPenalty = fields.Number("frequency_penalty", -2, 2) ?? 0,
            RepetitionPenalty = fields.Number("repetition_penalty", 0, float.MaxValue, isMinAllowed: false)
                ?? model.Sampling.RepetitionPenalty,
            TokensMin = tokensMin,
            EndTokenIds = tokensMin == 0 ? [] : stop.HeldOffTokenIds(model),
            LogitBiases = LogitBiasField.Read(fields, model.Tokenizer),
            AllowedTokenIds = AllowedTokenIds(fields, model),
            BadWords = BadWordsField.Read(fields, model.Tokenizer, settings),
        };
        CheckTokenIsLeft(sampling);
        return sampling;
    }

    /// <summary>Whether the likeliest token is always taken.</summary>
    public static bool IsGreedy(SamplingParameters sampling) => sampling.Temperature < GreedyBelow;

    private static SamplingParameters Draw(
        RequestFields fields, SamplingDefaults defaults, int? logprobCount, IRequestNumbers numbers)
    {
        var temperature = fields.Number("temperature", 0, 2) ?? defaults.Temperature;
        var topP = fields.Number("top_p", 0, 1, isMinAllowed: false) ?? defaults.TopP;
        var topK = (int)(fields.Integer("top_k", -1, int.MaxValue) ?? defaults.TopK);
        var minP = fields.Number("min_p", 0, 1) ?? defaults.MinP;
        var seed = fields.Integer("seed") is { } given and not -1 ? given : numbers.NextSeed();
        if (temperature < GreedyBelow)
            return new SamplingParameters(0, 1, 0, 0, seed, logprobCount);
        if (temperature < TemperatureMin)
            fields.Changes.Add("Requests ask for a temperature between 0 and 0.01; it is raised to 0.01");
        return new SamplingParameters(Math.Max(temperature, TemperatureMin), topP, topK, minP, seed, logprobCount);
    }

    private static ImmutableArray<int>? AllowedTokenIds(RequestFields fields, ServedModel model)
    {
        if (fields.Element("allowed_token_ids") is null)
            return null;
        var ids = fields.Integers("allowed_token_ids", 0, model.Tokenizer.VocabularySize - 1);
        return ids.IsEmpty
            ? throw ApiException.Invalid("Expected `allowed_token_ids` to hold at least one token id, got none.", "allowed_token_ids")
            : [.. ids.Distinct().Order()];
    }

    // Words of several tokens forbid a token now and then; words of one token, and ends until min_tokens, forbid it always.
    private static void CheckTokenIsLeft(SamplingParameters sampling)
    {
        if (sampling.AllowedTokenIds is not { } allowed)
            return;
        var forbidden = sampling.BadWords.Where(word => word.Length == 1).Select(word => word[0]).Concat(sampling.EndTokenIds);
        if (!allowed.Except(forbidden).Any())
            throw ApiException.Invalid(
                $"Expected `allowed_token_ids` to leave a token to draw, but `bad_words` and `min_tokens` forbid all {allowed.Length}.",
                "allowed_token_ids");
    }
}
