using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>RMSNorm in one pass over each row.</summary>
public sealed class HpuRmsNorm(OpSpec spec) : RmsNorm(spec)
{
    /// <inheritdoc />
    protected override NormForward ForwardOutOfTree => (x, residual) =>
    {
        CheckShapes(x, residual);
        return RmsNormKernel.Run(x, residual, Weight, weightOffset: 0, Spec.Epsilon);
    };
}
