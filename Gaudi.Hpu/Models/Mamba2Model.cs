using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>Mamba-2: norms and mixers alone, no attention and no feed-forward parts.</summary>
/// <remarks>Source: Dao and Gu 2024 (Transformers are SSMs), section 7; names as huggingface/transformers reads them.</remarks>
internal sealed class Mamba2Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Mamba2ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new()
    {
        HeadCountField = "num_heads", IntermediateField = null, EpsilonField = "layer_norm_epsilon", RmsNormEps = 1e-5,
        HeadDim = 64, MaxPositions = 32768,
    };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields)
    {
        var sizes = new MambaSizes(
            config.HeadCount, config.HeadDim, fields.Count("n_groups") ?? 8, fields.Count("state_size") ?? 128,
            fields.Count("conv_kernel") ?? 4, MambaFields.ChunkTokens(fields, "chunk_size"));
        MambaFields.CheckInner(fields, sizes, "expand", config.HiddenSize, "num_heads");
        return config with
        {
            HasRotary = false,
            Mamba = MambaFields.WithTimeSteps(
                new Mamba2Shape(
                    config.HiddenSize, sizes, fields.Flag("use_bias") ?? false, fields.Flag("use_conv_bias") ?? true,
                    config.RmsNormEps),
                fields),
        };
    }

    /// <inheritdoc />
    public override IEnumerable<(int Count, string What)> Splits(ModelConfig config) => MambaFields.Splits(config.Mamba!.Sizes);

    /// <inheritdoc />
    public override ImmutableArray<LayerMemoryShape> Memory(ModelConfig config, int worldSize) =>
        [.. Enumerable.Repeat(new MambaLayerShape(config.Mamba!.Sizes.OfRank(worldSize, "mixer")), config.LayerCount)];

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var embedding = ops.Embedding("backbone.embeddings", config.VocabularySize, config.HiddenSize);
        return new DecoderModel(
            embedding,
            [
                .. Enumerable.Range(0, config.LayerCount).Select(layer => new MixerLayer(
                    ops.Norm($"backbone.layers.{layer}.norm", config.HiddenSize, config.RmsNormEps),
                    new Mamba2Block(ops, $"backbone.layers.{layer}.mixer", config.Mamba!))),
            ],
            ops.Norm("backbone.norm_f", config.HiddenSize, config.RmsNormEps),
            ops.Head("lm_head", embedding, config.TieWordEmbeddings));
    }
}
