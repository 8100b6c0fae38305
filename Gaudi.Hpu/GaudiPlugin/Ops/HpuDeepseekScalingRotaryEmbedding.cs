using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>YaRN as DeepSeek uses it: heads are turned in place of a copy.</summary>
public sealed class HpuDeepseekScalingRotaryEmbedding(OpSpec spec) : DeepseekScalingRotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree =>
        (positions, query, key) => HeadTurning.Run(Spec, Angles, positions, query, key);
}
