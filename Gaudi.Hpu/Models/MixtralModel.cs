using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>Mixtral: Llama's layers with a mixture of experts in each, two of eight for a token, their weights summing to 1.</summary>
/// <remarks>Source: Jiang et al. 2024 (Mixtral of Experts), section 2.</remarks>
internal sealed class MixtralModel : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "MixtralForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new()
    {
        MaxPositions = 131072, KvHeadCount = 8, RmsNormEps = 1e-5, RopeTheta = 1_000_000, BosTokenId = 1, EosTokenId = 2,
    };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) => LayerWindows.OfAll(config, fields) with
    {
        Moe = MoeConfig.Read(fields, "num_local_experts", config, config.IntermediateSize, renormalises: true, isSparse: _ => true),
    };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var mixtures = new Mixtures(config, ops);
        return DenseDecoder.Build(
            config, ops, config.AttentionShape, DenseDecoder.RotaryOf(config, ops, maxPositions), layer =>
            {
                var prefix = $"model.layers.{layer}.block_sparse_moe";
                return new MoeFeedForward(
                    mixtures.Gate($"{prefix}.gate"), mixtures.Router(prefix), mixtures.Experts(prefix, PerExpertLayout.Mixtral));
            });
    }
}
