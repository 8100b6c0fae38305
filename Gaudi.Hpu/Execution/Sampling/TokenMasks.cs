using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution.Sampling;

/// <summary>The tokens a request rules out: their logits become minus infinity.</summary>
internal static class TokenMasks
{
    /// <summary>True where any token may be ruled out.</summary>
    public static bool IsActive(DrawPlace place) =>
        place.Parameters.AllowedTokenIds is not null || !place.Parameters.BadWords.IsEmpty || MustGoOn(place);

    /// <summary>Rules out what is not allowed, what would complete a bad word, and too early ends (rule SM3).</summary>
    public static void Apply(DrawPlace place, Span<float> logits)
    {
        var parameters = place.Parameters;
        if (parameters.AllowedTokenIds is { } allowed)
            KeepOnly(allowed, logits);
        foreach (var word in parameters.BadWords)
        {
            if (IsCompletedNext(word, place))
                Exclude(word[^1], logits);
        }
        if (!MustGoOn(place))
            return;
        foreach (var end in parameters.EndTokenIds)
            Exclude(end, logits);
    }

    /// <summary>
    /// What is drawn where everything is ruled out: the allowed token of the largest raw logit, whatever else forbids it;
    /// of equal ones, the lowest.
    /// </summary>
    /// <param name="place">The draw.</param>
    /// <param name="raw">[vocabulary].</param>
    public static int LikeliestAllowed(DrawPlace place, ReadOnlySpan<float> raw)
    {
        var best = -1;
        foreach (var token in place.Parameters.AllowedTokenIds ?? [])
        {
            if ((uint)token < (uint)raw.Length && (best < 0 || raw[token] > raw[best]))
                best = token;
        }
        return best >= 0 ? best : Sampler.Likeliest(raw);
    }

    private static bool MustGoOn(DrawPlace place) =>
        place.GeneratedCount < place.Parameters.TokensMin && !place.Parameters.EndTokenIds.IsEmpty;

    private static void KeepOnly(ImmutableArray<int> allowed, Span<float> logits)
    {
        var next = 0;
        foreach (var token in allowed)
        {
            if (token < next || token >= logits.Length)
                continue;
            logits[next..token].Fill(float.NegativeInfinity);
            next = token + 1;
        }
        logits[next..].Fill(float.NegativeInfinity);
    }

    // As upstream, a bad word is one of the answer: tokens of the prompt do not begin it.
    private static bool IsCompletedNext(ImmutableArray<int> word, DrawPlace place)
    {
        if (word.IsEmpty || word.Length - 1 > place.GeneratedCount)
            return false;
        var first = place.Position - (word.Length - 1);
        for (var i = 0; i < word.Length - 1; i++)
        {
            if (place.TokenAt(first + i) != word[i])
                return false;
        }
        return true;
    }

    private static void Exclude(int tokenId, Span<float> logits)
    {
        if ((uint)tokenId < (uint)logits.Length)
            logits[tokenId] = float.NegativeInfinity;
    }
}
