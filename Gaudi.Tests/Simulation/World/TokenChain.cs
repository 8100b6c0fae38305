namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// The simulated model: a token is a hash of everything before it and of the request's seed. So the right answer to a request is
/// known, and a rank that reads a block of another sequence, or one that nobody filled, draws another token. Pure.
/// </summary>
internal static class TokenChain
{
    /// <summary>Tokens the simulated model knows.</summary>
    internal const int VocabularySize = 32_000;

    /// <summary>Before the first token.</summary>
    internal const ulong Empty = 14695981039346656037UL;

    /// <summary>One token more.</summary>
    internal static ulong Add(ulong chain, int token) => (chain ^ (uint)token) * 1099511628211UL;

    /// <summary>All of these more.</summary>
    internal static ulong Add(ulong chain, ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
            chain = Add(chain, token);
        return chain;
    }

    /// <summary>The token that follows.</summary>
    /// <param name="chain">Of all tokens before it.</param>
    /// <param name="seed">Of the request.</param>
    internal static int Next(ulong chain, long seed) => (int)(Mix(chain ^ (ulong)seed * 0x9E3779B97F4A7C15UL) % VocabularySize);

    /// <summary>Spreads the bits of a number.</summary>
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
