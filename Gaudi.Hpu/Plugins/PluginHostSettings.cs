using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>What a <see cref="PluginHost"/> works with.</summary>
/// <param name="Environment">The process's variables, taken once at start.</param>
/// <param name="ProgramFolder">The folder of the executable.</param>
/// <param name="OnFailure">What a plugin's failure means.</param>
/// <param name="TrimAllowList">Whether blanks around the names in `VLLM_PLUGINS` are dropped; upstream keeps them (rule
/// R4).</param>
/// <param name="RequestedPlatform">The platform the user named; its failure always stops. Null when none.</param>
/// <param name="Simulate">Simulated cards; null: the machine's own.</param>
/// <param name="CustomOps">The `custom_ops` list, such as `["all", "-RMSNorm"]`.</param>
/// <param name="DisabledOps">More ops to switch off, by the names the report gives.</param>
public sealed record PluginHostSettings(
    IReadOnlyDictionary<string, string> Environment,
    string ProgramFolder,
    PluginFailurePolicy OnFailure,
    bool TrimAllowList,
    string? RequestedPlatform,
    SimulatedCardSettings? Simulate,
    IReadOnlyList<string> CustomOps,
    IReadOnlyList<string> DisabledOps)
{
    /// <summary>
    /// The rest of the configuration that the platform checks. Its custom ops are not read: those above are.
    /// </summary>
    public PlatformConfig Config { get; init; } = new();
}
