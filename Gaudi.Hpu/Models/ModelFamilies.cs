using System.Collections.Immutable;
using System.Diagnostics;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>From an architecture's name to the family that builds it.</summary>
internal static class ModelFamilies
{
    /// <summary>Every family, by architecture in ordinal order.</summary>
    public static ImmutableArray<ModelFamily> All { get; } =
    [
        new DeepseekV2Model(), new DeepseekV3Model(), new Gemma2Model(), new Gemma3TextModel(), new GptOssModel(),
        new GraniteHybridModel(), new LlamaModel(), new Mamba2Model(), new MixtralModel(), new Qwen2Model(), new Qwen2MoeModel(),
        new Qwen2VlModel(), new Qwen3Model(), new Qwen3MoeModel(),
    ];

    /// <summary>The family of an architecture; null where this build has none.</summary>
    public static ModelFamily? Find(string architecture) => All.FirstOrDefault(family => family.Architecture == architecture);

    /// <summary>The family of a configuration that was read.</summary>
    public static ModelFamily Of(ModelConfig config) =>
        Find(config.Architecture) ?? throw new UnreachableException($"architecture {config.Architecture}");

    /// <summary>The rotary embedding that the configuration asks for.</summary>
    public static RotaryEmbedding Rotary(ModelConfig config, LayerOps ops, int maxPositions, bool isNeox = true)
    {
        var spec = new RotarySpec(
            "model.rotary_emb", ops.Dtype, ops.Device, config.HeadDim, config.HeadDim, maxPositions, config.RopeTheta,
            isNeox);
        var scaled = config.RopeScaling is { } scaling
            ? spec with
            {
                Scaling = new RotaryScaling(
                    scaling.Factor ?? 1, scaling.LowFrequencyFactor ?? 1, scaling.HighFrequencyFactor ?? 4,
                    scaling.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings),
            }
            : spec;
        return config.RopeScaling?.Type switch
        {
            null => ops.Rotary<RotaryEmbedding>(scaled),
            "linear" => ops.Rotary<LinearScalingRotaryEmbedding>(scaled),
            "llama3" => ops.Rotary<Llama3RotaryEmbedding>(scaled),
            _ => throw new UnreachableException($"rotary scaling {config.RopeScaling!.Type}"),
        };
    }
}
