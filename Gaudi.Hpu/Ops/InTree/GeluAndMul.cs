using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>gelu(gate) * up with gelu in its tanh form, in float32, rounded once to the input's type.</summary>
/// <remarks>Source: Shazeer 2020, GEGLU; Hendrycks and Gimpel 2016.</remarks>
[OpName("GeluAndMul", "gelu_and_mul")]
public class GeluAndMul(OpSpec spec) : GatedActivation(spec)
{
    /// <inheritdoc />
    protected override ActivationForward ForwardNative => Plain<GeluTanhGate>();
}
