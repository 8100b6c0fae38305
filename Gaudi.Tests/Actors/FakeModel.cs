using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Actors;

/// <summary>A model small enough to follow by hand: the next token is a hash of all tokens before it.</summary>
internal static class FakeModel
{
    internal const int VocabularySize = 1000;

    /// <summary>The token that follows these.</summary>
    internal static int Next(IEnumerable<int> tokens) => (int)(Hash(tokens) % VocabularySize);

    /// <summary>The token that follows these where only some are allowed: the first of those behind the one it would be.</summary>
    internal static int Next(IEnumerable<int> tokens, TokenMask? mask)
    {
        var next = Next(tokens);
        if (mask is null)
            return next;
        return Enumerable.Range(next, VocabularySize).Select(token => token % VocabularySize).Where(mask.Allows)
            .Append(next).First();
    }

    /// <summary>What a prompt is continued with.</summary>
    internal static List<int> Continue(IEnumerable<int> prompt, int count)
    {
        List<int> tokens = [.. prompt];
        for (var i = 0; i < count; i++)
            tokens.Add(Next(tokens));
        return tokens[^count..];
    }

    internal static ulong Hash(IEnumerable<int> tokens)
    {
        var hash = 14695981039346656037UL;
        foreach (var token in tokens)
            hash = (hash ^ (uint)token) * 1099511628211UL;
        return hash ^ (hash >> 29);
    }
}
