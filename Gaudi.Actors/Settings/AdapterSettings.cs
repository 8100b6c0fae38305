using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.lora`: adapters that requests may name as their model.</summary>
/// <param name="IsEnabled">Whether a place is kept for them.</param>
/// <param name="Modules">Loaded at the start.</param>
/// <param name="RankMax">Highest rank.</param>
/// <param name="AdapterCountMax">Most adapters that are loaded at once.</param>
/// <param name="UpdatesAtRuntime">Whether clients may load and unload.</param>
public sealed record AdapterSettings(
    bool IsEnabled, ImmutableArray<AdapterModule> Modules, int RankMax, int AdapterCountMax, bool UpdatesAtRuntime)
{
    /// <summary>No adapters.</summary>
    public static AdapterSettings None { get; } = new(false, [], 16, 1, false);

    /// <summary>What a rank keeps; null where adapters are off.</summary>
    /// <param name="scheduler">Says how many run at once.</param>
    public LoraSettings? ForRanks(SchedulerSettings scheduler) =>
        IsEnabled ? new LoraSettings(scheduler.LorasMax, RankMax, AdapterCountMax) : null;

    /// <summary>Reads the keys.</summary>
    /// <param name="reader">Told what is wrong.</param>
    /// <param name="variable">Upstream's variable of the environment; null where it is not set.</param>
    internal static AdapterSettings Read(SettingsReader reader, string? variable)
    {
        const string ModulesKey = "gaudi.lora.modules";
        var isEnabled = reader.Switch("gaudi.lora.enabled");
        var modules = ImmutableArray.CreateBuilder<AdapterModule>();
        foreach (var text in reader.List(ModulesKey))
        {
            if (AdapterModule.Read(text) is not { } module)
                reader.Complain(ModulesKey, text, AdapterModule.Expected);
            else if (modules.Any(other => other.Name == module.Name))
                reader.Complain(ModulesKey, text, "each name once");
            else
                modules.Add(module);
        }
        if (!isEnabled && modules.Count > 0)
            reader.Complain(
                ModulesKey, string.Join(", ", modules.Select(module => module.Name)),
                "none while gaudi.lora.enabled is off (--enable-lora)");
        return new AdapterSettings(
            isEnabled, modules.ToImmutable(), reader.Count("gaudi.lora.max-lora-rank", 1, 512),
            reader.Count("gaudi.lora.adapters-max", 1, 4096), Updates(reader, variable));
    }

    private static bool Updates(SettingsReader reader, string? variable)
    {
        var asked = reader.OneOf("gaudi.lora.runtime-updating", "auto", "on", "off");
        if (asked != "auto" || variable is null)
            return asked == "on";
        var isKnown = variable.ToLowerInvariant() is "1" or "true" or "0" or "false";
        if (!isKnown)
            reader.Complain(ProcessEnvironment.LoraUpdatingName, variable, "1, true, 0 or false");
        return variable.ToLowerInvariant() is "1" or "true";
    }
}
