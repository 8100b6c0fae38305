using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Whose tokens the rows of a pass are. Rows of a slot ascend in position, without gaps over all passes.</summary>
/// <param name="Role">Of every row.</param>
/// <param name="Slots">[rows]: the state slot of the row's sequence.</param>
/// <param name="Positions">[rows], in the row's own sequence; 0 begins a new sequence in its slot.</param>
public sealed record MambaRows(TokenRole Role, ImmutableArray<int> Slots, ImmutableArray<int> Positions)
{
    /// <summary>Rows.</summary>
    public int Count => Slots.Length;

    /// <summary>The rows in order, cut where the sequence changes and where a chunk of it ends.</summary>
    /// <param name="chunkTokens">Q.</param>
    internal IEnumerable<MambaSegment> Segments(int chunkTokens)
    {
        Invariant.That(Slots.Length == Positions.Length, $"{Slots.Length} slots for {Positions.Length} positions");
        for (var first = 0; first < Count;)
        {
            var end = first + 1;
            while (end < Count && Slots[end] == Slots[first] && Positions[end] == Positions[end - 1] + 1
                && Positions[end] % chunkTokens != 0)
            {
                end++;
            }
            yield return new MambaSegment(Slots[first], first, end - first, Positions[first]);
            first = end;
        }
    }
}
