using System.Collections.Immutable;
using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>DeepSeek V2: experts scored by a softmax, and chosen one by one or from the best groups.</summary>
/// <remarks>Source: DeepSeek-AI 2024 (DeepSeek-V2), section 2.1.</remarks>
internal sealed class DeepseekV2Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "DeepseekV2ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { MaxPositions = 2048 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        DeepseekDecoder.Complete(config, fields, isThird: false);

    /// <inheritdoc />
    public override ImmutableArray<LayerMemoryShape> Memory(ModelConfig config, int worldSize) => DeepseekDecoder.Memory(config);

    /// <inheritdoc />
    public override bool IsIgnored(ModelConfig config, string tensorName) => DeepseekDecoder.IsIgnored(config, tensorName);

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        DeepseekDecoder.Build(config, ops, maxPositions);
}
