using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>gate / (1 + e^-gate) * up, in float32, rounded once to the input's type.</summary>
/// <remarks>Source: Shazeer 2020, SwiGLU.</remarks>
[OpName("SiluAndMul", "silu_and_mul")]
public class SiluAndMul(OpSpec spec) : GatedActivation(spec)
{
    /// <inheritdoc />
    protected override ActivationForward ForwardNative => x =>
    {
        using var scope = NewDisposeScope();
        var wide = Halves(x); // [tokens, 2 * size]
        var y = empty([x.shape[0], x.shape[1] / 2], ScalarType.Float32, x.device); // [tokens, size]
        SiluProduct.Compute(wide, y);
        return scope.MoveToOuter(y.to_type(x.dtype));
    };
}
