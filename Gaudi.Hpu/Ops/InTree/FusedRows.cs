namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Where a linear part lies when the checkpoint keeps several in one tensor, one below the other.</summary>
/// <param name="Tensor">Checkpoint name without `.weight` and `.bias`.</param>
/// <param name="FirstRow">The part's first output among the tensor's.</param>
/// <param name="TotalRows">Outputs of the whole tensor.</param>
public sealed record FusedRows(string Tensor, int FirstRow, int TotalRows);
