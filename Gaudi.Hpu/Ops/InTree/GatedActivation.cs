using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A function of the first half of every row, times the second half, in float32, rounded once to the input's type.
/// </summary>
public abstract class GatedActivation(OpSpec spec) : CustomOp<ActivationForward>(spec)
{
    /// <summary>The plain forward of a function.</summary>
    private protected static ActivationForward Plain<TGate>() where TGate : struct, IGatedFunction => x =>
    {
        Invariant.That(x.shape.Length == 2 && x.shape[1] % 2 == 0, "two halves a row");
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, 2 * size]
        var y = empty([x.shape[0], x.shape[1] / 2], ScalarType.Float32, x.device); // [tokens, size]
        GatedProduct.Compute<TGate>(wide, y);
        return scope.MoveToOuter(y.to_type(x.dtype));
    };
}
