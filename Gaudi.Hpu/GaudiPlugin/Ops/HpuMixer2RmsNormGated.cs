using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The gated norm in two passes over each row, eight values at once.</summary>
public sealed class HpuMixer2RmsNormGated(OpSpec spec) : Mixer2RmsNormGated(spec)
{
    /// <inheritdoc />
    protected override GatedNormForward ForwardOutOfTree => (x, gate) =>
    {
        CheckShapes(x, gate);
        using var scope = NewDisposeScope();
        var gated = GatedRmsNormKernel.Gate(x, gate); // [tokens, hidden of this rank], float32
        if (Spec.Epsilon is not { } epsilon)
            return scope.MoveToOuter(gated.to_type(x.dtype));
        var shards = zeros(
            [SummationShards.Count / Spec.Lane.WorldSize, x.shape[0], SummedGroups], ScalarType.Float32, x.device);
        GatedRmsNormKernel.SumSquares(gated, Pieces, shards); // [shards of this rank, tokens, groups]
        var sums = GroupSums(shards); // [tokens, groups]
        var groupSize = Spec.HiddenSize / Spec.GroupCount;
        return scope.MoveToOuter(
            GatedRmsNormKernel.Normalize(gated, Pieces, sums, groupSize, epsilon, Weight, x.dtype));
    };
}
