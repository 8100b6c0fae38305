using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Llama 3.1's blend: heads are turned in place of a copy.</summary>
public sealed class HpuLlama3RotaryEmbedding(OpSpec spec) : Llama3RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree =>
        (positions, query, key) => HeadTurning.Run(Spec, Angles, positions, query, key);
}
