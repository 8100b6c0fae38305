using System.Collections.Immutable;
using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>DeepSeek V3 and R1: experts scored by sigmoids, chosen from the best groups with a bias that does not weigh.</summary>
/// <remarks>Source: DeepSeek-AI 2024 (DeepSeek-V3), section 2.1.</remarks>
internal sealed class DeepseekV3Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "DeepseekV3ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { MaxPositions = 4096 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        DeepseekDecoder.Complete(config, fields, isThird: true);

    /// <inheritdoc />
    public override ImmutableArray<LayerMemoryShape> Memory(ModelConfig config, int worldSize) => DeepseekDecoder.Memory(config);

    /// <inheritdoc />
    public override bool IsIgnored(ModelConfig config, string tensorName) => DeepseekDecoder.IsIgnored(config, tensorName);

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        DeepseekDecoder.Build(config, ops, maxPositions);
}
