namespace Gaudi.Hpu.Execution.Sampling;

/// <summary>
/// What a request does to its logits before a token is picked: the answer's form, allowed ids, bad words, least number of tokens, biases,
/// penalties, in this order. Greedy and sampled draws both see the result (rule SM1).
/// </summary>
/// <remarks>A token id outside the vocabulary names no token: it is passed over.</remarks>
internal static class LogitsProcessors
{
    /// <summary>The logits to pick from: raw itself where the request asks for nothing, else a copy.</summary>
    /// <param name="place">The draw.</param>
    /// <param name="raw">[vocabulary]. Not changed.</param>
    public static ReadOnlySpan<float> Apply(DrawPlace place, ReadOnlySpan<float> raw)
    {
        if (!IsActive(place))
            return raw;
        var logits = raw.ToArray();
        TokenMasks.Apply(place, logits);
        foreach (var (tokenId, bias) in place.Parameters.LogitBiases)
        {
            if ((uint)tokenId < (uint)logits.Length)
                logits[tokenId] += bias;
        }
        TokenPenalties.Apply(place, logits);
        return logits;
    }

    private static bool IsActive(DrawPlace place) =>
        TokenMasks.IsActive(place) || !place.Parameters.LogitBiases.IsEmpty || TokenPenalties.IsActive(place);
}
