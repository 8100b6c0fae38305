using System.Collections.Immutable;

namespace Gaudi.Tests.Training.Tokens;

/// <summary>Learns byte-pair merges that grow words from their start only.</summary>
/// <remarks>A word the model must spell stands in quotes or is unknown: no merge reaches inside it, so it falls into
/// single letters, which a small model can learn to reverse. Known words become one token.</remarks>
public static class BpeTrainer
{
    /// <summary>The most frequent merges in order; equal counts go by the smaller symbols.</summary>
    /// <param name="words">Pretokenised words with their counts.</param>
    /// <param name="mergeCount">Upper limit; fewer come back when every word has become one symbol.</param>
    public static ImmutableArray<Merge> Learn(IReadOnlyDictionary<string, int> words, int mergeCount)
    {
        var pieces = words.OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => new Piece(ByteSymbols.FromText(word.Key), word.Value))
            .ToList();
        var merges = ImmutableArray.CreateBuilder<Merge>();
        while (merges.Count < mergeCount && MostFrequent(pieces) is { } merge)
        {
            merges.Add(merge);
            foreach (var piece in pieces.Where(piece => piece.Starts(merge)))
            {
                piece.HeadLength++;
            }
        }

        return merges.ToImmutable();
    }

    private static Merge? MostFrequent(List<Piece> pieces) => pieces
        .Where(piece => !piece.IsWhole)
        .GroupBy(piece => piece.Next)
        .Select(group => (Merge: group.Key, Count: group.Sum(piece => piece.Count)))
        .OrderByDescending(pair => pair.Count)
        .ThenBy(pair => pair.Merge.Left, StringComparer.Ordinal)
        .ThenBy(pair => pair.Merge.Right, StringComparer.Ordinal)
        .Select(pair => (Merge?)pair.Merge)
        .FirstOrDefault();

    private sealed class Piece(string symbols, int count)
    {
        public int Count => count;

        public int HeadLength { get; set; } = 1;

        public bool IsWhole => HeadLength == symbols.Length;

        public Merge Next => new(symbols[..HeadLength], symbols.Substring(HeadLength, 1));

        public bool Starts(Merge merge) => !IsWhole && Next == merge;
    }
}
