namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A linear layer whose inputs are split over the ranks. Each rank sums its own shards; the all-reduce adds the ranks'
/// float32 sums as the rest of the same tree; the result is rounded once. So 1, 2, 4 and 8 ranks give the same bits.
/// </summary>
[OpName("RowParallelLinear", "row_parallel_linear")]
public class RowParallelLinear(OpSpec spec) : ParallelLinear(spec, LinearSplit.Inputs)
{
    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, role) =>
    {
        var sums = Product(x, role); // [tokens, outputs]
        Spec.Lane.AllReduceSum(sums);
        return Finish(sums, x);
    };
}
