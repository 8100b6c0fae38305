using System.Collections.Immutable;
using System.Diagnostics;

namespace Gaudi.Hpu.Models;

/// <summary>From an architecture's name to the family that builds it.</summary>
internal static class ModelFamilies
{
    /// <summary>Every family, by architecture in ordinal order.</summary>
    public static ImmutableArray<ModelFamily> All { get; } =
    [
        new DeepseekV2Model(), new DeepseekV3Model(), new Gemma2Model(), new Gemma3TextModel(), new GptOssModel(),
        new GraniteHybridModel(), new LlamaModel(), new Mamba2Model(), new MixtralModel(), new Phi3Model(), new Qwen2Model(),
        new Qwen2MoeModel(), new Qwen2VlModel(), new Qwen3Model(), new Qwen3MoeModel(),
    ];

    /// <summary>The family of an architecture; null where this build has none.</summary>
    public static ModelFamily? Find(string architecture) => All.FirstOrDefault(family => family.Architecture == architecture);

    /// <summary>The family of a configuration that was read.</summary>
    public static ModelFamily Of(ModelConfig config) =>
        Find(config.Architecture) ?? throw new UnreachableException($"architecture {config.Architecture}");
}
