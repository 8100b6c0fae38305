namespace Gaudi.Hpu.Models;

/// <summary>DeepSeek V3 and R1: experts scored by sigmoids, chosen from the best groups with a bias that does not weigh.</summary>
/// <remarks>Source: DeepSeek-AI 2024 (DeepSeek-V3), section 2.1.</remarks>
internal sealed class DeepseekV3Model : DeepseekModel
{
    /// <inheritdoc />
    public override string Architecture => "DeepseekV3ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { MaxPositions = 4096 };

    /// <inheritdoc />
    protected override bool IsThird => true;
}
