namespace Gaudi.Tests.Storm;

/// <summary>How an answer's tokens differ from the reference's, in words. Pure.</summary>
internal static class TokenDifference
{
    /// <summary>Null when they are the same.</summary>
    internal static string? Of(IReadOnlyList<int> reference, IReadOnlyList<int> tokens)
    {
        if (reference.SequenceEqual(tokens))
            return null;
        var at = reference.Zip(tokens).TakeWhile(pair => pair.First == pair.Second).Count();
        var kind = tokens.Count < reference.Count && IsPartOf(tokens, reference) ? "missing"
            : tokens.Count > reference.Count && IsPartOf(reference, tokens) ? "doubled or added"
            : "wrong";
        return $"tokens {kind} from position {at} on: {tokens.Count} came, {reference.Count} undisturbed";
    }

    // Whether the shorter one is the longer one with tokens left out.
    private static bool IsPartOf(IReadOnlyList<int> shorter, IReadOnlyList<int> longer)
    {
        var matched = 0;
        foreach (var token in longer)
        {
            if (matched < shorter.Count && shorter[matched] == token)
                matched++;
        }
        return matched == shorter.Count;
    }
}
