using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>GemmaRMSNorm in one pass over each row; 1 is added to the weight in float32.</summary>
public sealed class HpuGemmaRmsNorm(OpSpec spec) : GemmaRmsNorm(spec)
{
    /// <inheritdoc />
    protected override NormForward ForwardOutOfTree => (x, residual) =>
    {
        CheckShapes(x, residual);
        return RmsNormKernel.Run(x, residual, Weight, weightOffset: 1, Spec.Epsilon);
    };
}
