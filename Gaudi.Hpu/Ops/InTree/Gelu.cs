using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// x times the normal distribution's share below x, x (1 + erf(x / sqrt 2)) / 2, in float32, rounded once to the
/// input's type.
/// </summary>
/// <remarks>Source: Hendrycks and Gimpel 2016, section 2.</remarks>
[OpName("GELU", "gelu")]
public class Gelu(OpSpec spec) : CustomOp<ElementwiseForward>(spec)
{
    /// <inheritdoc />
    protected override ElementwiseForward ForwardNative => GeluValues.Exact;
}
