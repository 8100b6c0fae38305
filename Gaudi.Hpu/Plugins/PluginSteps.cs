using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Cards.Probe;

namespace Gaudi.Hpu.Plugins;

/// <summary>What the parts of one load share: settings, the machine, the log, and the outcomes so far.</summary>
internal sealed class PluginSteps(
    PluginHostSettings settings, PluginHostSeams seams, TimeProvider time, Action<PluginLogLine> log)
{
    private readonly Dictionary<DiscoveredPlugin, PluginOutcome> _outcomes = new(ReferenceEqualityComparer.Instance);

    internal PluginHostSettings Settings { get; } = settings;

    internal PluginHostSeams Seams { get; } = seams;

    internal TimeProvider Time { get; } = time;

    internal bool IsUpstream => Settings.OnFailure == PluginFailurePolicy.Upstream;

    internal Lazy<CardProbeResult> Cards { get; } = new(() => settings.Simulate is { } simulate
        ? new CardProbeResult(
            SimulatedCards.Facts(simulate, seams.AvailableBytes),
            $"{simulate.Count} {SimulatedCards.NameOf(simulate.Generation)} simulated, as gaudi.cards.simulate asks")
        : (seams.Probe ?? MachineProbe.OfThisMachine()).Probe());

    internal void Log(PluginLogLevel level, string text, Exception? error = null) =>
        log(new PluginLogLine(level, text, error));

    internal void Note(DiscoveredPlugin plugin, string outcome, string reason, TimeSpan took = default) =>
        _outcomes[plugin] = plugin.With(outcome, reason, took.TotalMilliseconds);

    internal PluginOutcome? OutcomeOf(DiscoveredPlugin plugin) => _outcomes.GetValueOrDefault(plugin);

    internal static string Text(Exception error) =>
        error is PluginException ? error.Message : $"{error.GetType().Name}: {error.Message}";

    /// <summary>
    /// The entry points of a group to call, in order; the others get their outcome here (rules R10, R13).
    /// </summary>
    internal IReadOnlyList<DiscoveredPlugin> Enter(
        string group, IReadOnlyList<DiscoveredPlugin> found, AllowList allowed)
    {
        // Upstream is quiet about general plugins and loud about the others (rule R13).
        var level = group == EntryPointGroups.General ? PluginLogLevel.Debug : PluginLogLevel.Info;
        var members = found.Where(p => p.Group == group).ToArray();
        if (members.Length == 0)
        {
            Log(PluginLogLevel.Debug, $"No plugins for group {group} found.");
            return [];
        }
        Log(level, $"Available plugins for group {group}:");
        foreach (var plugin in members)
            Log(level, $"- {plugin.Name} -> {plugin.Value}");
        if (allowed.Names is null)
            Log(level,
                "All plugins in this group will be loaded. Set `VLLM_PLUGINS` to control which plugins to load.");
        var order = PluginOrder.Of(Distinct(members, allowed));
        foreach (var (plugin, reason) in order.Cycles)
            Fail(plugin, reason, null);
        if (allowed.Names is not null)
        {
            foreach (var plugin in order.Plugins)
                Log(level, $"Loading plugin {plugin.Name}");
        }
        return order.Plugins;
    }

    /// <summary>Loads an entry point; a failure becomes its outcome (rule R9).</summary>
    internal PluginFunction? Resolve(DiscoveredPlugin plugin, long started)
    {
        try
        {
            if (plugin.ApiVersion != PluginApiVersionAttribute.Current)
            {
                throw new PluginException(plugin.ApiVersion is { } version
                    ? $"it was written for plugin API {version}, this runtime has {PluginApiVersionAttribute.Current}"
                    : $"it declares no [assembly: PluginApiVersion({PluginApiVersionAttribute.Current})]");
            }
            return (Seams.Source ?? Folders()).Resolve(plugin);
        }
        catch (Exception error)
        {
            Note(plugin, PluginOutcome.Failed, Text(error), Time.GetElapsedTime(started));
            Log(PluginLogLevel.Error, $"Failed to load plugin {plugin.Name}: {Text(error)}", error);
            return null;
        }
    }

    /// <summary>
    /// Notes a failure of an entry point that was loaded, as loud as the policy says (rule R25, gap G1).
    /// </summary>
    internal void Fail(DiscoveredPlugin plugin, string reason, Exception? error, TimeSpan took = default)
    {
        Note(plugin, PluginOutcome.Failed, reason, took);
        var isSilent = IsUpstream && plugin.Group == EntryPointGroups.Platform;
        var level = isSilent ? PluginLogLevel.Debug : PluginLogLevel.Warning;
        Log(level, $"Plugin {plugin.Name} ({plugin.Value}) failed: {reason}", error);
    }

    internal IPluginSource Folders() =>
        new FolderPluginSource(
            Settings.ProgramFolder, Settings.Environment.GetValueOrDefault(FolderPluginSource.Variable));

    private List<DiscoveredPlugin> Distinct(DiscoveredPlugin[] members, AllowList allowed)
    {
        var kept = new List<DiscoveredPlugin>();
        foreach (var plugin in members)
        {
            if (!allowed.Allows(plugin.Name))
                Note(plugin, PluginOutcome.Filtered, $"{AllowList.Variable} does not name it");
            else if (members.Last(m => m.Name == plugin.Name) is var last && !ReferenceEquals(last, plugin))
            {
                Note(plugin, PluginOutcome.Skipped, $"{last.Value}, found later, has the same name");
                Log(PluginLogLevel.Warning, $"two plugins of {plugin.Group} are called {plugin.Name}: " +
                    $"{last.Value} is used, {plugin.Value} is not");
            }
            else
                kept.Add(plugin);
        }
        return kept;
    }
}
