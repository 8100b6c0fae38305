using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>A node of a vocabulary's trie.</summary>
/// <param name="Byte">That leads to it.</param>
/// <param name="Depth">Bytes from the root; at least one.</param>
/// <param name="SubtreeEnd">The index behind its last descendant.</param>
/// <param name="TokenIds">Tokens that end here.</param>
internal readonly record struct TrieNode(byte Byte, int Depth, int SubtreeEnd, ImmutableArray<int> TokenIds)
{
    /// <summary>The nodes of some tokens.</summary>
    /// <param name="tokens">Bytes by token id; empty for none.</param>
    internal static ImmutableArray<TrieNode> Walk(ImmutableArray<ImmutableArray<byte>> tokens)
    {
        var order = Enumerable.Range(0, tokens.Length).Where(id => !tokens[id].IsEmpty)
            .OrderBy(id => tokens[id], Comparer<ImmutableArray<byte>>.Create(
                (one, other) => one.AsSpan().SequenceCompareTo(other.AsSpan())))
            .ToArray();
        var nodes = ImmutableArray.CreateBuilder<TrieNode>();
        var open = new List<int>(); // The nodes of the path to the last token.
        ImmutableArray<byte> last = [];
        foreach (var id in order)
        {
            var bytes = tokens[id];
            Close(nodes, open, bytes.AsSpan().CommonPrefixLength(last.AsSpan()));
            for (var depth = open.Count; depth < bytes.Length; depth++)
            {
                open.Add(nodes.Count);
                nodes.Add(new TrieNode(bytes[depth], depth + 1, 0, []));
            }
            nodes[^1] = nodes[^1] with { TokenIds = nodes[^1].TokenIds.Add(id) };
            last = bytes;
        }
        Close(nodes, open, 0);
        return nodes.ToImmutable();
    }

    private static void Close(ImmutableArray<TrieNode>.Builder nodes, List<int> open, int depth)
    {
        while (open.Count > depth)
        {
            nodes[open[^1]] = nodes[open[^1]] with { SubtreeEnd = nodes.Count };
            open.RemoveAt(open.Count - 1);
        }
    }
}
