using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The RMS norm of Gemma: multiplies by 1 + weight, added in float32.</summary>
[OpName("GemmaRMSNorm", "gemma_rms_norm")]
public class GemmaRmsNorm(OpSpec spec) : RmsNorm(spec)
{
    private static readonly Scalar One = 1f; // Named: see TensorSums.

    /// <inheritdoc />
    protected override Tensor Scale() => Weight.to_type(ScalarType.Float32).Plus(One);
}
