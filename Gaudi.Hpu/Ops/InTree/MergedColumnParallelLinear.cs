namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Several column-parallel weights in one product: each rank has its share of each, in the order of the parts.
/// </summary>
[OpName("MergedColumnParallelLinear", "merged_column_parallel_linear")]
public class MergedColumnParallelLinear(OpSpec spec) : ColumnParallelLinear(spec);
