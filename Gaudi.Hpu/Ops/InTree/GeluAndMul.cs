using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>gelu(gate) * up with gelu in its tanh form, in float32, rounded once to the input's type.</summary>
/// <remarks>Source: Shazeer 2020, GEGLU; Hendrycks and Gimpel 2016.</remarks>
[OpName("GeluAndMul", "gelu_and_mul")]
public class GeluAndMul(OpSpec spec) : GatedActivation(spec)
{
    /// <inheritdoc />
    protected override ActivationForward ForwardNative => x =>
    {
        using var scope = NewDisposeScope();
        var wide = Halves(x); // [tokens, 2 * size]
        var y = empty([x.shape[0], x.shape[1] / 2], ScalarType.Float32, x.device); // [tokens, size]
        GeluProduct.Compute(wide, y);
        return scope.MoveToOuter(y.to_type(x.dtype));
    };
}
