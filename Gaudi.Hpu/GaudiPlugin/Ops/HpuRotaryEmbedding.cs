using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The base rotary embedding: each head is copied and turned in place of the copy.</summary>
public sealed class HpuRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree => (positions, query, key) =>
    {
        using var scope = NewDisposeScope();
        return new RotaryOutput(scope.MoveToOuter(Turn(positions, query)), scope.MoveToOuter(Turn(positions, key)));
    };

    private Tensor Turn(Tensor positions, Tensor x)
    {
        Invariant.That(x.shape[^1] % Spec.HeadSize == 0, $"heads of {Spec.HeadSize}, not {x.shape[^1]} values");
        var turned = x.clone().contiguous(); // [tokens, heads * headSize]
        RotaryKernel.Turn(turned, positions, CosSinCache, Spec.HeadSize, Spec.RotaryDim, Spec.IsNeox);
        return turned;
    }
}
