using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>4-bit experts over tiles of tokens: see <see cref="ExpertForward"/>.</summary>
public sealed class HpuPackedIntFusedMoe : PackedIntFusedMoe
{
    private readonly ExpertForward _experts;

    /// <summary>Takes a <see cref="FusedMoeSpec"/>.</summary>
    public HpuPackedIntFusedMoe(OpSpec spec) : base(spec) => _experts = new ExpertForward(Spec, Weights, InnerShardCount);

    /// <inheritdoc />
    protected override FusedMoeForward ForwardOutOfTree => Forwarding(_experts.Sums);
}
