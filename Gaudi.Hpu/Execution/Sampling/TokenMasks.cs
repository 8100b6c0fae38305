using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution.Sampling;

/// <summary>The tokens a request rules out: their logits become minus infinity.</summary>
internal static class TokenMasks
{
    /// <summary>True where any token may be ruled out.</summary>
    public static bool IsActive(DrawPlace place) =>
        place.Mask is not null || place.Parameters.AllowedTokenIds is not null || !place.Parameters.BadWords.IsEmpty
        || MustGoOn(place);

    /// <summary>
    /// Rules out what breaks the answer's form, what is not allowed, what would complete a bad word, and too early ends
    /// (rule SM3).
    /// </summary>
    public static void Apply(DrawPlace place, Span<float> logits)
    {
        var parameters = place.Parameters;
        if (place.Mask is { } mask)
            KeepOnly(mask, logits);
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
    /// of equal ones, the lowest. The answer's form is the last to give way: where it leaves none of the allowed ids, it
    /// alone decides.
    /// </summary>
    /// <param name="place">The draw.</param>
    /// <param name="raw">[vocabulary].</param>
    public static int LikeliestAllowed(DrawPlace place, ReadOnlySpan<float> raw)
    {
        var allowed = place.Parameters.AllowedTokenIds ?? [];
        var best = place.Mask is { } mask
            ? Likeliest([.. allowed.Where(mask.Allows)], raw) ?? Likeliest(Enumerable.Range(0, raw.Length).Where(mask.Allows), raw)
            : Likeliest(allowed, raw);
        return best ?? Sampler.Likeliest(raw);
    }

    private static int? Likeliest(IEnumerable<int> tokens, ReadOnlySpan<float> raw)
    {
        int? best = null;
        foreach (var token in tokens)
        {
            if ((uint)token < (uint)raw.Length && (best is not { } other || raw[token] > raw[other]))
                best = token;
        }
        return best;
    }

    private static bool MustGoOn(DrawPlace place) =>
        place.GeneratedCount < place.Parameters.TokensMin && !place.Parameters.EndTokenIds.IsEmpty;

    // Most words allow nothing or everything.
    private static void KeepOnly(TokenMask mask, Span<float> logits)
    {
        for (var first = 0; first < logits.Length; first += 64)
        {
            var some = logits[first..Math.Min(first + 64, logits.Length)];
            var word = first >> 6 < mask.Words.Length ? mask.Words[first >> 6] : 0;
            if (word == 0)
                some.Fill(float.NegativeInfinity);
            else if (word != ulong.MaxValue)
            {
                for (var bit = 0; bit < some.Length; bit++)
                    some[bit] = (word >> bit & 1) != 0 ? some[bit] : float.NegativeInfinity;
            }
        }
    }

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
