using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A function of the first half of every row, times the second half.</summary>
public abstract class GatedActivation(OpSpec spec) : CustomOp<ActivationForward>(spec)
{
    /// <summary>The rows in float32, one after another, after a check that each has two halves.</summary>
    protected static Tensor Halves(Tensor x)
    {
        Invariant.That(x.shape.Length == 2 && x.shape[1] % 2 == 0, "two halves a row");
        return x.to_type(ScalarType.Float32).contiguous(); // [tokens, 2 * size]
    }
}
