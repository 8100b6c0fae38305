namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A linear layer whose outputs are split over the ranks: no communication, each rank has its own outputs.
/// </summary>
[OpName("ColumnParallelLinear", "column_parallel_linear")]
public class ColumnParallelLinear(OpSpec spec) : ParallelLinear(spec, LinearSplit.Outputs)
{
    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, role) => Finish(Product(x, role), x);
}
