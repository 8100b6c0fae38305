using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A linear layer that every rank holds whole, such as a router's: no communication, the same outputs everywhere.</summary>
[OpName("ReplicatedLinear", "replicated_linear")]
public class ReplicatedLinear(OpSpec spec) : ParallelLinear(
    spec, ((LinearSpec)spec).Parts.Sum(part => part.OutputSize), ((LinearSpec)spec).InputSize,
    SummationShards.Boundaries(((LinearSpec)spec).InputSize, part: 0, partCount: 1))
{
    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, _) => Finish(Product(x));

    private protected override WeightSlice WeightOf(LinearPart part) =>
        WeightSlice.Whole($"{part.Name}.weight", part.OutputSize, Spec.InputSize);

    private protected override WeightSlice BiasOf(LinearPart part) => WeightSlice.Whole($"{part.Name}.bias", part.OutputSize);
}
