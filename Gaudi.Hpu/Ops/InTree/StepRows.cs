using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The tokens one pass computes, all of one role, one a row. Rows of a sequence ascend in position.</summary>
/// <param name="Role">Of every row.</param>
/// <param name="TokenIds">[rows].</param>
/// <param name="Positions">[rows], in the row's own sequence.</param>
/// <param name="BlockTables">[rows]: the blocks that hold positions 0 .. the row's own, in order.</param>
public sealed record StepRows(
    TokenRole Role, ImmutableArray<int> TokenIds, ImmutableArray<int> Positions,
    ImmutableArray<ImmutableArray<int>> BlockTables)
{
    /// <summary>[rows]: where layers with a state keep that of the row's sequence. Empty is 0 everywhere.</summary>
    public ImmutableArray<int> StateSlots { get; init; } = [];

    /// <summary>[rows]: the slot of each one's adapter, 0 for none. Empty is 0 everywhere.</summary>
    public ImmutableArray<int> LoraSlots { get; init; } = [];

    /// <summary>[rows]: where each stands on three axes; empty where no sequence of the pass has an image.</summary>
    public ImmutableArray<RopePosition> RopePositions { get; init; } = [];

    /// <summary>Rows.</summary>
    public int Count => TokenIds.Length;
}
