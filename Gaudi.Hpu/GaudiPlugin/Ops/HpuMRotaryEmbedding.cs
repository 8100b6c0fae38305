using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Three positions a token: heads are turned in place of a copy.</summary>
public sealed class HpuMRotaryEmbedding(OpSpec spec) : MRotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree =>
        (positions, query, key) => HeadTurning.Run(Spec, Angles, positions, query, key);
}
