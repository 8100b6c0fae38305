using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models.Vision;
using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>What config.json and generation_config.json say of a dense decoder, with Hugging Face's defaults filled in.</summary>
/// <param name="Architecture">One of <see cref="SupportedArchitectures"/>.</param>
/// <param name="ModelType">`model_type`, such as `qwen2`; empty when the file has none.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="IntermediateSize">Width of the feed-forward part.</param>
/// <param name="LayerCount">Decoder layers.</param>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KvHeadCount">Key and value heads; divides <paramref name="HeadCount"/>.</param>
/// <param name="HeadDim">Width of one head; even. Default: hidden / heads, for Qwen3 128.</param>
/// <param name="VocabularySize">Rows of the embedding.</param>
/// <param name="MaxPositionEmbeddings">Positions the model was made for.</param>
/// <param name="RmsNormEps">Added to the mean square before the root.</param>
/// <param name="RopeTheta">Base of the rotary frequencies.</param>
/// <param name="RopeScaling">How the frequencies are stretched; null for the plain ones.</param>
/// <param name="TieWordEmbeddings">Whether the head is the embedding.</param>
/// <param name="AttentionBias">Whether q, k and v have a bias. Always for Qwen2.</param>
/// <param name="AttentionOutputBias">Whether the projection after attention has one. Never for Qwen2.</param>
/// <param name="MlpBias">Whether gate, up and down have one.</param>
/// <param name="HasQkNorm">Whether q and k are normed per head before rotation: Qwen3.</param>
/// <param name="SlidingWindow">Positions a windowed layer sees; null when no layer is windowed.</param>
/// <param name="WindowedLayers">By layer: whether it sees the window alone. Empty when no layer is windowed.</param>
/// <param name="Dtype">`dtype` or `torch_dtype`; null when the file does not say.</param>
/// <param name="QuantizationMethod">`quantization_config.quant_method`; null when the weights are plain.</param>
/// <param name="BosTokenIds">config.json's first, then generation_config.json's that are new.</param>
/// <param name="EosTokenIds">As <paramref name="BosTokenIds"/>. Any of them ends a sequence.</param>
public sealed record ModelConfig(
    string Architecture,
    string ModelType,
    int HiddenSize,
    int IntermediateSize,
    int LayerCount,
    int HeadCount,
    int KvHeadCount,
    int HeadDim,
    int VocabularySize,
    int MaxPositionEmbeddings,
    double RmsNormEps,
    double RopeTheta,
    RopeScaling? RopeScaling,
    bool TieWordEmbeddings,
    bool AttentionBias,
    bool AttentionOutputBias,
    bool MlpBias,
    bool HasQkNorm,
    int? SlidingWindow,
    ImmutableArray<bool> WindowedLayers,
    ScalarType? Dtype,
    string? QuantizationMethod,
    ImmutableArray<int> BosTokenIds,
    ImmutableArray<int> EosTokenIds)
{
    /// <summary>How linear weights are stored that stay as they are on the card; null where they do not.</summary>
    public QuantizationConfig? LinearScheme { get; init; }

    /// <summary>How weights are decoded at load; null where they are plain, or quantized in a way that is not decoded.</summary>
    public ModelQuantization? Quantization { get; init; }

    /// <summary>Whether the checkpoint says that keys and values are to be kept as float8.</summary>
    public bool HasFloat8Kv { get; init; }

    /// <summary>Quantization methods that can be loaded, as `quant_method` names them.</summary>
    public static ImmutableArray<string> SupportedQuantizations { get; } =
        ["awq", "compressed-tensors", "fp8", .. ModelQuantization.Methods, "gptq"];

    /// <summary>Whether the weights can be read: plain, decoded, or kept quantized.</summary>
    public bool IsQuantizationBuilt => QuantizationMethod is null || Quantization is not null || LinearScheme is not null;

    /// <summary>The function of the gated feed-forward parts.</summary>
    public Gate Gate { get; init; }

    /// <summary>Multiplies attention scores; null is 1 / sqrt(head dimensions).</summary>
    public double? AttentionScale { get; init; }

    /// <summary>Soft cap of attention scores; null for none.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Soft cap of the logits; null for none.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Base of the rotary frequencies of windowed layers, where it is another one; null where all share one.</summary>
    public double? WindowedRopeTheta { get; init; }

    /// <summary>Whether each attention head has a sink.</summary>
    public bool HasSinks { get; init; }

    /// <summary>Mixtures of experts; null where no layer has one.</summary>
    public MoeConfig? Moe { get; init; }

    /// <summary>Latent attention; null where heads keep keys and values of their own.</summary>
    public MlaConfig? Mla { get; init; }

    /// <summary>Mamba-2 mixers; null in a model without them.</summary>
    public Mamba2Shape? Mamba { get; init; }

    /// <summary>By layer of a hybrid: whether it is such a mixer, and does not attend. Empty in other models.</summary>
    public ImmutableArray<bool> MixerLayers { get; init; } = [];

    /// <summary>How many dimensions of a head turn, from the first on; even.</summary>
    public int RotaryDim { get; init; } = HeadDim;

    /// <summary>The longest context that can be served: rotary scaling may reach beyond what the model was made for.</summary>
    public int PositionsMax { get; init; } = MaxPositionEmbeddings;

    /// <summary>Whether attention rotates queries and keys.</summary>
    public bool HasRotary { get; init; } = true;

    /// <summary>Width of the feed-forward part beside a hybrid's mixtures; 0 in other models.</summary>
    public int SharedIntermediateSize { get; init; }

    /// <summary>Multiplies the embeddings.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Multiplies what each part of a layer adds.</summary>
    public double AdditionFactor { get; init; } = 1;

    /// <summary>Divides the logits.</summary>
    public double LogitDivisor { get; init; } = 1;

    /// <summary>The vision tower; null in a model that reads text alone.</summary>
    public VisionConfig? Vision { get; init; }

    /// <summary>From pixels to patches; null without a vision tower.</summary>
    public PreprocessorConfig? Preprocessor { get; init; }

    /// <summary>The token that stands for a square of an image; null without a vision tower.</summary>
    public int? ImageTokenId { get; init; }

    /// <summary>The architectures this runtime builds, ordinal order.</summary>
    public static ImmutableArray<string> SupportedArchitectures { get; } =
        [.. ModelFamilies.All.Select(family => family.Architecture)];

    /// <summary>What attention over plain heads is built from, without windows.</summary>
    internal AttentionShape AttentionShape => new(
        HiddenSize, HeadCount, KvHeadCount, HeadDim, AttentionBias, AttentionOutputBias, HasQkNorm ? RmsNormEps : null)
    {
        Scale = AttentionScale,
        SoftCap = AttentionSoftCap,
        HasSinks = HasSinks,
    };

    /// <summary>How many positions a layer sees; null when it sees all.</summary>
    public int? WindowTokensOf(int layer) => !WindowedLayers.IsEmpty && WindowedLayers[layer] ? SlidingWindow : null;

    /// <summary>How many dimensions turn of what is turned: heads, or the rotated key of latent attention.</summary>
    internal int TurningDim => Mla?.RopeDim ?? RotaryDim;

    /// <summary>Bytes of the tables of rotary angles.</summary>
    /// <param name="maxPositions">Positions each serves.</param>
    internal long RotaryTableBytes(int maxPositions) =>
        !HasRotary ? 0 : (WindowedRopeTheta is null ? 1L : 2L) * maxPositions * TurningDim * sizeof(float);

    /// <summary>Reads config.json, and generation_config.json where there is one.</summary>
    /// <param name="modelFolder">A Hugging Face model folder.</param>
    /// <exception cref="CheckpointException">A file or a field is missing or wrong; every problem is named at once.</exception>
    public static ModelConfig Read(string modelFolder) => ModelConfigReader.Read(modelFolder);
}
