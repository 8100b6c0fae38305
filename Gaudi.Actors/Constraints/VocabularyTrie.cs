using System.Collections.Immutable;
using Gaudi.Actors.Text;

namespace Gaudi.Actors.Constraints;

/// <summary>
/// The tokens of a vocabulary by their bytes, in the order of a walk that goes down first: each node knows where its
/// subtree ends, so a walk skips what does not fit. Special tokens are not in it. Immutable; any thread.
/// </summary>
public sealed class VocabularyTrie
{
    // Bytes that no UTF-8 text has.
    private static readonly int[] Unused = [0xC0, 0xC1, .. Enumerable.Range(0xF5, 11)];

    private readonly ImmutableArray<ImmutableArray<byte>> _tokens;

    private VocabularyTrie(ImmutableArray<ImmutableArray<byte>> tokens)
    {
        _tokens = tokens;
        var single = tokens.Where(bytes => bytes.Length == 1).Select(bytes => (int)bytes[0]).ToHashSet();
        CoversAllBytes = Enumerable.Range(0, 256).Except(Unused).All(single.Contains);
        Nodes = TrieNode.Walk(tokens);
        DepthMax = tokens.Select(bytes => bytes.Length).Append(1).Max();
    }

    /// <summary>True when every byte of a text is a token, so that any text can be written, and gone on with from anywhere.</summary>
    public bool CoversAllBytes { get; }

    /// <summary>Bytes of the longest token.</summary>
    internal int DepthMax { get; }

    /// <summary>Words of a mask.</summary>
    internal int WordCount => (_tokens.Length + 63) / 64;

    /// <summary>In the order of the walk; those of depth 1 are roots.</summary>
    internal ImmutableArray<TrieNode> Nodes { get; }

    /// <summary>Reads a tokenizer's vocabulary.</summary>
    public static VocabularyTrie Of(Tokenizer tokenizer) => OfTokens(
    [
        .. Enumerable.Range(0, tokenizer.VocabularySize)
            .Select(id => tokenizer.IsSpecial(id) ? [] : tokenizer.TokenBytes(id).ToArray()),
    ]);

    /// <summary>A vocabulary by the bytes of its tokens; those without bytes are never drawn.</summary>
    internal static VocabularyTrie OfTokens(ImmutableArray<byte[]> tokens) =>
        new([.. tokens.Select(bytes => bytes.ToImmutableArray())]);

    /// <summary>The bytes of a token; empty for a special or an unknown one.</summary>
    internal ImmutableArray<byte> BytesOf(int tokenId) => (uint)tokenId < (uint)_tokens.Length ? _tokens[tokenId] : [];
}
