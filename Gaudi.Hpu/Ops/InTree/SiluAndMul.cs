using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>gate / (1 + e^-gate) * up, in float32, rounded once to the input's type.</summary>
/// <remarks>Source: Shazeer 2020, SwiGLU.</remarks>
[OpName("SiluAndMul", "silu_and_mul")]
public class SiluAndMul(OpSpec spec) : GatedActivation(spec)
{
    /// <inheritdoc />
    protected override ActivationForward ForwardNative => Plain<SiluGate>();
}
