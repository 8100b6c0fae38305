using System.Collections.Immutable;
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

    /// <summary>The hidden state of the last of these tokens: whole numbers, so that sums are exact.</summary>
    internal static ImmutableArray<float> Hidden(IEnumerable<int> tokens) => [Next(tokens), tokens.Last()];

    /// <summary>What a prompt is pooled to.</summary>
    internal static ImmutableArray<float> Pool(IReadOnlyList<int> prompt, PoolingMode mode)
    {
        var states = Enumerable.Range(1, prompt.Count).Select(end => Hidden(prompt.Take(end))).ToArray();
        return mode == PoolingMode.LastToken
            ? states[^1]
            : [.. Enumerable.Range(0, 2).Select(i => states.Sum(state => state[i]) / prompt.Count)];
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
