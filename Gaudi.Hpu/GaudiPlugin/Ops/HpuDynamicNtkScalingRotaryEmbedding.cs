using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>A raised base: heads are turned in place of a copy.</summary>
public sealed class HpuDynamicNtkScalingRotaryEmbedding(OpSpec spec) : DynamicNtkScalingRotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree =>
        (positions, query, key) => HeadTurning.Run(Spec, Angles, positions, query, key);
}
