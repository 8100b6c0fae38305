using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Plain experts over tiles of tokens: see <see cref="ExpertForward"/>.</summary>
public sealed class HpuFusedMoe : FusedMoe
{
    private readonly ExpertForward _experts;

    /// <summary>Takes a <see cref="FusedMoeSpec"/>.</summary>
    public HpuFusedMoe(OpSpec spec) : base(spec) => _experts = new ExpertForward(Spec, Weights, InnerShardCount);

    /// <summary>How many forwards looked at the chosen experts alone.</summary>
    public long GatherCount => _experts.GatherCount;

    /// <summary>How many forwards went through every expert.</summary>
    public long DenseCount => _experts.DenseCount;

    /// <inheritdoc />
    protected override FusedMoeForward ForwardOutOfTree => Forwarding(_experts.Sums);
}
