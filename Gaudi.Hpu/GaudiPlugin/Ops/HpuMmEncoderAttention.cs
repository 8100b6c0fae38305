using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Encoder attention in tiles of four queries over packed keys and values, a segment and a head at a time.</summary>
public sealed class HpuMmEncoderAttention(OpSpec spec) : MmEncoderAttention(spec)
{
    /// <inheritdoc />
    protected override EncoderAttentionForward ForwardOutOfTree => (query, key, value, segmentStarts) =>
    {
        Check(query, key, value, segmentStarts);
        return EncoderAttentionKernel.Run(query, key, value, segmentStarts.AsSpan(), Spec);
    };
}
