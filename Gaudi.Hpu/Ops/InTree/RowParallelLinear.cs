using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A linear layer whose inputs are split over the ranks. Each rank sums its own shards; the all-reduce adds the ranks'
/// float32 sums as the rest of the same tree; the result is rounded once. So 1, 2, 4 and 8 ranks give the same bits.
/// </summary>
[OpName("RowParallelLinear", "row_parallel_linear")]
public class RowParallelLinear(OpSpec spec) : ParallelLinear(
    spec, ((LinearSpec)spec).Parts.Single().OutputSize, ((LinearSpec)spec).Lane.Share(((LinearSpec)spec).InputSize),
    SummationShards.Boundaries(
        ((LinearSpec)spec).InputSize, ((LinearSpec)spec).Lane.Rank, ((LinearSpec)spec).Lane.WorldSize))
{
    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, _) =>
    {
        var sums = Product(x); // [tokens, outputs]
        Spec.Lane.AllReduceSum(sums);
        return Finish(sums);
    };

    private protected override WeightSlice WeightOf(LinearPart part) => WeightSlice.Share(
        $"{part.Name}.weight", [part.OutputSize, Spec.InputSize], 1, Spec.Lane.Rank, Spec.Lane.WorldSize);

    private protected override WeightSlice BiasOf(LinearPart part) =>
        WeightSlice.Whole($"{part.Name}.bias", part.OutputSize);
}
