using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Patches of a square: heads are turned in place of a copy.</summary>
public sealed class HpuLlama4VisionRotaryEmbedding(OpSpec spec) : Llama4VisionRotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree =>
        (positions, query, key) => HeadTurning.Run(Spec, Angles, positions, query, key);
}
