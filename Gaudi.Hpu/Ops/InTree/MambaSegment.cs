namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Neighbouring rows that are neighbouring positions of one sequence, in one chunk.</summary>
/// <param name="Slot">The sequence's.</param>
/// <param name="FirstRow">In the pass.</param>
/// <param name="RowCount">At least 1, at most a chunk.</param>
/// <param name="FirstPosition">In the sequence.</param>
internal readonly record struct MambaSegment(int Slot, int FirstRow, int RowCount, int FirstPosition);
