namespace Gaudi.Hpu.Models;

/// <summary>DeepSeek V2: experts scored by a softmax, and chosen one by one or from the best groups.</summary>
/// <remarks>Source: DeepSeek-AI 2024 (DeepSeek-V2), section 2.1.</remarks>
internal sealed class DeepseekV2Model : DeepseekModel
{
    /// <inheritdoc />
    public override string Architecture => "DeepseekV2ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { MaxPositions = 2048 };

    /// <inheritdoc />
    protected override bool IsThird => false;
}
