using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Causal attention over paged blocks: stores the rows' keys and values, then attends from every row.
/// </summary>
/// <param name="query">[tokens, heads * headDim]. Not changed.</param>
/// <param name="key">[tokens, kvHeads * headDim]. Not changed.</param>
/// <param name="value">
/// [tokens, kvHeads * headDim]. Not changed. Of the key's shape, and not read, where values are part of the keys.
/// </param>
/// <param name="cache">
/// The layer's blocks. The rows' slots are overwritten; all earlier positions are there already.
/// </param>
/// <param name="rows">Where the rows stand in their sequences.</param>
/// <returns>[tokens, heads * valueDim]; the caller disposes it.</returns>
public delegate Tensor AttentionForward(Tensor query, Tensor key, Tensor value, PagedKv cache, StepRows rows);
