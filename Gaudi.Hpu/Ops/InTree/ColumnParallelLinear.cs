using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A linear layer whose outputs are split over the ranks: no communication, each rank has its own outputs.
/// </summary>
[OpName("ColumnParallelLinear", "column_parallel_linear")]
public class ColumnParallelLinear(OpSpec spec) : ParallelLinear(
    spec, OutputsOf((LinearSpec)spec), ((LinearSpec)spec).InputSize,
    SummationShards.Boundaries(((LinearSpec)spec).InputSize, part: 0, partCount: 1))
{
    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, _) => Finish(Product(x));

    private protected override WeightSlice WeightOf(LinearPart part) => WeightSlice.Share(
        $"{part.Name}.weight", [part.OutputSize, Spec.InputSize], 0, Spec.Lane.Rank, Spec.Lane.WorldSize);

    private protected override WeightSlice BiasOf(LinearPart part) => WeightSlice.Share(
        $"{part.Name}.bias", [part.OutputSize], 0, Spec.Lane.Rank, Spec.Lane.WorldSize);

    private static int OutputsOf(LinearSpec spec) => spec.Parts.Sum(part => spec.Lane.Share(part.OutputSize));
}
