using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.plugins`.</summary>
/// <param name="OnFailure">What a plugin's failure means.</param>
/// <param name="TrimAllowList">Whether blanks around names in VLLM_PLUGINS are dropped.</param>
/// <param name="Platform">The platform that must win; null when the rules decide.</param>
public sealed record PluginSettings(PluginFailurePolicy OnFailure, bool TrimAllowList, string? Platform)
{
    internal static PluginSettings Read(SettingsReader reader) => new(
        reader.OneOf("gaudi.plugins.on-failure", "report", "stop", "upstream") switch
        {
            "stop" => PluginFailurePolicy.Stop,
            "upstream" => PluginFailurePolicy.Upstream,
            _ => PluginFailurePolicy.Report,
        },
        reader.Switch("gaudi.plugins.trim-allow-list"),
        reader.Text("gaudi.plugins.platform") is { Length: > 0 } platform ? platform : null);
}
