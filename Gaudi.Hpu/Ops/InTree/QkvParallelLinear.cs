namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Query, key and value projections in one product: each rank has its heads' queries, then keys, then values.
/// </summary>
[OpName("QKVParallelLinear", "qkv_parallel_linear")]
public class QkvParallelLinear(OpSpec spec) : ColumnParallelLinear(spec);
