using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>x / (1 + e^(-1.702 x)), in float32, rounded once to the input's type.</summary>
/// <remarks>Source: Hendrycks and Gimpel 2016, section 2, the sigmoid approximation.</remarks>
[OpName("QuickGELU", "quick_gelu")]
public class QuickGelu(OpSpec spec) : CustomOp<ElementwiseForward>(spec)
{
    /// <inheritdoc />
    protected override ElementwiseForward ForwardNative => GeluValues.Quick;
}
