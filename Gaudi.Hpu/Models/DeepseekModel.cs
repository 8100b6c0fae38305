using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// What DeepSeek V2 and V3 have in common: latent attention; the first layers dense, then mixtures of small experts beside
/// some that every token passes.
/// </summary>
internal abstract class DeepseekModel : ModelFamily
{
    /// <summary>Whether config.json means what the third family does where it says nothing.</summary>
    protected abstract bool IsThird { get; }

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields)
    {
        var mla = new MlaConfig(
            fields.Count("q_lora_rank"), fields.Count("kv_lora_rank") ?? 512, fields.Count("qk_nope_head_dim") ?? 128,
            fields.Count("qk_rope_head_dim") ?? 64, fields.Count("v_head_dim") ?? 128);
        if (mla.RopeDim % 2 != 0)
            fields.Problem("qk_rope_head_dim", "an even number (rotary pairs)", $"{mla.RopeDim}");
        return config with
        {
            Mla = mla,
            HeadDim = mla.NopeDim + mla.RopeDim,
            KvHeadCount = config.HeadCount,
            Moe = Mixture(config, fields),
        };
    }

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var mla = config.Mla!;
        var rotary = RotaryChoice.Build(config, ops, maxPositions, mla.RopeDim, mla.RopeDim, isNeox: false);
        var shape = new LatentShape(
            config.HiddenSize, config.HeadCount, mla.QueryRank, mla.KvRank, mla.NopeDim, mla.RopeDim, mla.ValueDim,
            config.AttentionBias, config.RmsNormEps, Scale(config, mla));
        var mixtures = new Mixtures(config, ops);
        return DenseDecoder.Build(
            config, ops, layer => new LatentAttention(ops, $"model.layers.{layer}.self_attn", shape, rotary), layer =>
            {
                var prefix = $"model.layers.{layer}.mlp";
                return config.Moe is { } moe && moe.SparseLayers[layer] ? Sparse(moe, mixtures, prefix) : mixtures.Dense(prefix);
            });
    }

    /// <summary>One latent and one rotated key a position, on every rank.</summary>
    public override ImmutableArray<LayerMemoryShape> Memory(ModelConfig config, int worldSize) =>
        [.. Enumerable.Repeat(Latent(config.Mla!), config.LayerCount)];

    private static KvLayerShape Latent(MlaConfig mla) => new(1, mla.KvRank + mla.RopeDim) { SharedValueDim = mla.KvRank };

    /// <summary>Checkpoints carry layers behind the last, which predict further tokens: they are not used.</summary>
    public override bool IsIgnored(ModelConfig config, string tensorName) =>
        tensorName.Split('.') is ["model", "layers", var index, _, ..]
        && int.TryParse(index, out var layer) && layer >= config.LayerCount;

    private static MoeFeedForward Sparse(MoeConfig moe, Mixtures mixtures, string prefix) => new(
        mixtures.Gate($"{prefix}.gate"), mixtures.Router(prefix, $"{prefix}.gate.e_score_correction_bias"),
        mixtures.Experts(prefix, PerExpertLayout.Projections),
        moe.SharedIntermediateSize > 0 ? mixtures.Shared($"{prefix}.shared_experts") : null);

    private MoeConfig? Mixture(ModelConfig config, JsonFields fields)
    {
        if (fields.Count("n_routed_experts") is null)
            return null;
        var firstSparse = fields.CountOrZero("first_k_dense_replace") ?? 0;
        var step = fields.Count("moe_layer_freq") ?? 1;
        var width = fields.RequiredCount("moe_intermediate_size");
        var method = fields.Text("topk_method") ?? (IsThird ? "noaux_tc" : "greedy");
        if (method is not ("greedy" or "group_limited_greedy" or "noaux_tc"))
            fields.Problem("topk_method", "greedy, group_limited_greedy or noaux_tc", $"'{method}'");
        var scoring = fields.Text("scoring_func") ?? (IsThird ? "sigmoid" : "softmax");
        if (scoring is not ("softmax" or "sigmoid"))
            fields.Problem("scoring_func", "softmax or sigmoid", $"'{scoring}'");
        return MoeConfig.Read(
            fields, "n_routed_experts", config, width, fields.Flag("norm_topk_prob") ?? IsThird,
            layer => layer >= firstSparse && layer % step == 0) with
        {
            SharedIntermediateSize = width * (fields.CountOrZero("n_shared_experts") ?? 0),
            Groups = method == "greedy" ? null : new ExpertGroups(fields.Count("n_group") ?? 1, fields.Count("topk_group") ?? 1),
            ScoresBySigmoid = scoring == "sigmoid",
            HasCorrectionBias = method == "noaux_tc",
            ScalingFactor = fields.PositiveNumber("routed_scaling_factor") ?? 1,
        };
    }

    // YaRN's mscale_all_dim sharpens the softmax: its square multiplies the scale.
    private static double Scale(ModelConfig config, MlaConfig mla)
    {
        var scale = 1 / Math.Sqrt(mla.NopeDim + mla.RopeDim);
        if (config.RopeScaling is not { Type: "yarn", AllDimensionsScale: > 0 and var weight, Factor: { } factor })
            return scale;
        var magnitude = YarnRotaryScaling.Magnitude(factor, weight);
        return scale * magnitude * magnitude;
    }
}
