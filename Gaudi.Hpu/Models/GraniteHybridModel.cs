using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Granite 4: Mamba-2 layers and some that attend, each with a mixture of experts beside a part that every token passes, or
/// that part alone; and factors on embeddings, additions, scores and logits.
/// </summary>
/// <remarks>Source: IBM 2025 (Granite 4.0); names and fields as huggingface/transformers' granitemoehybrid reads them.</remarks>
internal sealed class GraniteHybridModel : ModelFamily
{
    private const string MambaType = "mamba";
    private const string AttentionType = "attention";

    /// <inheritdoc />
    public override string Architecture => "GraniteMoeHybridForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { MaxPositions = 2048, BosTokenId = 1, EosTokenId = 2 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields)
    {
        var sizes = new MambaSizes(
            fields.Count("mamba_n_heads") ?? 128, HeadDim(config, fields), fields.Count("mamba_n_groups") ?? 1,
            fields.Count("mamba_d_state") ?? 256, fields.Count("mamba_d_conv") ?? 4,
            MambaFields.ChunkTokens(fields, "mamba_chunk_size"));
        MambaFields.CheckInner(fields, sizes, "mamba_expand", config.HiddenSize, "mamba_n_heads");
        return config with
        {
            AttentionScale = fields.PositiveNumber("attention_multiplier"),
            HasRotary = fields.Text("position_embedding_type") == "rope",
            MixerLayers = Layers(config, fields),
            Mamba = MambaFields.WithTimeSteps(
                new Mamba2Shape(
                    config.HiddenSize, sizes, fields.Flag("mamba_proj_bias") ?? false, fields.Flag("mamba_conv_bias") ?? true,
                    config.RmsNormEps),
                fields),
            Moe = (fields.CountOrZero("num_local_experts") ?? 8) == 0
                ? null
                : MoeConfig.Read(
                    fields, "num_local_experts", config, config.IntermediateSize, renormalises: false, isSparse: _ => true),
            SharedIntermediateSize = fields.Count("shared_intermediate_size") ?? 1024,
            EmbeddingScale = fields.PositiveNumber("embedding_multiplier") ?? 1,
            AdditionFactor = fields.PositiveNumber("residual_multiplier") ?? 1,
            LogitDivisor = fields.PositiveNumber("logits_scaling") ?? 1,
        };
    }

    /// <inheritdoc />
    public override IEnumerable<(int Count, string What)> Splits(ModelConfig config)
    {
        if (config.MixerLayers.Contains(false))
        {
            yield return (config.HeadCount, "attention heads");
            yield return (config.KvHeadCount, "key-value heads");
        }
        foreach (var one in MambaFields.Splits(config.Mamba!.Sizes))
            yield return one;
        yield return (config.SharedIntermediateSize, "feed-forward columns");
        if (config.Moe is { } moe)
            yield return (moe.IntermediateSize, "columns of an expert");
    }

    /// <inheritdoc />
    public override ImmutableArray<LayerMemoryShape> Memory(ModelConfig config, int worldSize)
    {
        var state = new MambaLayerShape(config.Mamba!.Sizes.OfRank(worldSize, "mamba"));
        var blocks = new KvLayerShape(config.KvHeadCount / worldSize, config.HeadDim);
        return [.. config.MixerLayers.Select(hasState => hasState ? (LayerMemoryShape)state : blocks)];
    }

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var rotary = config.HasRotary ? RotaryChoice.Build(config, ops, maxPositions) : null;
        var embedding = ops.Embedding("model.embed_tokens", config.VocabularySize, config.HiddenSize);
        var mixtures = config.Moe is null ? null : new Mixtures(config, ops);
        return new DecoderModel(
            embedding,
            [.. Enumerable.Range(0, config.LayerCount).Select(Layer)],
            ops.Norm("model.norm", config.HiddenSize, config.RmsNormEps),
            ops.Head("lm_head", embedding, config.TieWordEmbeddings))
        {
            Scales = new ModelScales { Embedding = config.EmbeddingScale, LogitDivisor = config.LogitDivisor },
        };

        DecoderLayer Layer(int index)
        {
            var prefix = $"model.layers.{index}";
            return new DecoderLayer(
                ops.Norm($"{prefix}.input_layernorm", config.HiddenSize, config.RmsNormEps),
                config.MixerLayers[index]
                    ? new Mamba2Block(ops, $"{prefix}.mamba", config.Mamba!)
                    : new SelfAttention(ops, $"{prefix}.self_attn", config.AttentionShape, rotary),
                ops.Norm($"{prefix}.post_attention_layernorm", config.HiddenSize, config.RmsNormEps),
                FeedForward(config, ops, mixtures, prefix))
            {
                AdditionFactor = config.AdditionFactor,
            };
        }
    }

    private static IFeedForward FeedForward(ModelConfig config, LayerOps ops, Mixtures? mixtures, string prefix)
    {
        var shared = GatedMlp.Stacked(
            ops, $"{prefix}.shared_mlp", config.HiddenSize, config.SharedIntermediateSize, $"{prefix}.shared_mlp.input_linear",
            $"{prefix}.shared_mlp.output_linear");
        if (mixtures is null)
            return shared;
        var block = $"{prefix}.block_sparse_moe";
        return new MoeFeedForward(
            mixtures.Gate($"{block}.router.layer"), mixtures.RouterOfChosen(block),
            mixtures.Experts(block, RowStackedLayout.Granite), shared);
    }

    // `mamba_d_head` may be the word auto: as wide as the heads share the inner size.
    private static int HeadDim(ModelConfig config, JsonFields fields)
    {
        const string Name = "mamba_d_head";
        var shared = 2 * config.HiddenSize / (fields.Count("mamba_n_heads") ?? 128);
        return fields.IsText(Name) ? shared : fields.Count(Name) ?? shared;
    }

    private static ImmutableArray<bool> Layers(ModelConfig config, JsonFields fields)
    {
        var name = fields.Texts("layer_types") is null ? "layers_block_type" : "layer_types";
        if (fields.Texts(name) is not { } types)
            return [.. Enumerable.Repeat(true, config.LayerCount)];
        var strange = types.FirstOrDefault(type => type is not (MambaType or AttentionType));
        if (types.Length != config.LayerCount)
            fields.Problem(name, $"one type for each of {config.LayerCount} layers", $"{types.Length}");
        else if (strange is not null)
            fields.Problem(name, $"'{MambaType}' or '{AttentionType}' for each layer", $"'{strange}'");
        return [.. Enumerable.Range(0, config.LayerCount).Select(layer => types.ElementAtOrDefault(layer) != AttentionType)];
    }
}
