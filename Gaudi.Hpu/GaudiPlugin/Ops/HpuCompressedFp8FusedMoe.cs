using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Fp8 experts over tiles of tokens: see <see cref="ExpertForward"/>.</summary>
public sealed class HpuCompressedFp8FusedMoe : CompressedFp8FusedMoe
{
    private readonly ExpertForward _experts;

    /// <summary>Takes a <see cref="FusedMoeSpec"/>.</summary>
    public HpuCompressedFp8FusedMoe(OpSpec spec) : base(spec) => _experts = new ExpertForward(Spec, Weights, InnerShardCount);

    /// <inheritdoc />
    protected override FusedMoeForward ForwardOutOfTree => Forwarding(_experts.Sums);
}
