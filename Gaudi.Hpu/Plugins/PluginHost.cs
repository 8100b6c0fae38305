using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// The plugin system of one worker: one object a worker root, no statics. Actors of a worker share it, and with it one
/// load (rule R14); a restarted worker has a new one and starts clean (gap G8). Any thread.
/// </summary>
/// <param name="settings">What to look for and what a failure means.</param>
/// <param name="time">Measures how long plugins take.</param>
/// <param name="log">Told every line, in order, from the thread that loads.</param>
/// <param name="seams">What it touches of the machine; null: the machine itself.</param>
public sealed class PluginHost(
    PluginHostSettings settings, TimeProvider time, Action<PluginLogLine> log, PluginHostSeams? seams = null)
{
    private readonly Lock _lock = new();
    private readonly PluginHostSeams _seams = seams ?? new PluginHostSeams();
    private PluginLoad? _load;
    private OpRegistry? _registry;

    /// <summary>The op registry the plugins have registered with. Open until it is sealed.</summary>
    /// <exception cref="InvariantBrokenException">Nothing has been loaded yet.</exception>
    public OpRegistry Registry
    {
        get
        {
            lock (_lock)
            {
                Invariant.That(_registry is not null, "the op registry was asked for before the plugins were loaded");
                return _registry!;
            }
        }
    }

    /// <summary>
    /// The stack of the call that loaded first, for those who look for who did (rule R33); null before.
    /// </summary>
    public string? FirstLoadTrace { get; private set; }

    /// <summary>Every entry point found, in the order of discovery. Reads metadata; nothing of a plugin runs.</summary>
    public ImmutableArray<DiscoveredPlugin> Discover() => Source(Steps()).Discover(log);

    /// <summary>
    /// Every entry point as a row: `discovered`, or `filtered` where the allow-list leaves it out. Runs nothing.
    /// </summary>
    public ImmutableArray<PluginOutcome> List()
    {
        var allowed = Allowed();
        return
        [
            .. Discover().Select(p => allowed.Allows(p.Name)
                ? p.With(PluginOutcome.Discovered, "")
                : p.With(PluginOutcome.Filtered, $"{AllowList.Variable} does not name it")),
        ];
    }

    /// <summary>
    /// Loads: calls the platform plugins, chooses the platform, calls the general plugins. Once a host; later calls
    /// give the same object. Call it before torch is touched. Never throws for what a plugin does: that is an outcome.
    /// In mode upstream a failed load is not kept: see <see cref="PluginFailurePolicy.Upstream"/>.
    /// </summary>
    public PluginLoad Load()
    {
        lock (_lock)
        {
            if (_load is null)
            {
                FirstLoadTrace = Environment.StackTrace;
                _load = LoadNow();
            }
            else if (settings.OnFailure == PluginFailurePolicy.Upstream && _load.Fatal is not null)
                _load = LoadAgainAsUpstream(_load);
            return _load;
        }
    }

    private PluginSteps Steps() => new(settings, _seams, time, log);

    private IPluginSource Source(PluginSteps steps) => _seams.Source ?? steps.Folders();

    private AllowList Allowed() =>
        AllowList.Parse(settings.Environment.GetValueOrDefault(AllowList.Variable), settings.TrimAllowList);

    private PluginLoad LoadNow()
    {
        var steps = Steps();
        var found = Source(steps).Discover(log);
        var allowed = Allowed();
        foreach (var warning in allowed.Warnings(found))
            steps.Log(PluginLogLevel.Warning, warning);
        var chosen = new PlatformStep(steps).Run(found, allowed);
        var fatal = chosen.Fatal ?? Register(steps, chosen, found, allowed);
        _registry ??= new OpRegistry(_seams.InTreeOps, chosen.Platform.Dispatch);
        var outcomes = found.Select(p => steps.OutcomeOf(p) ?? Untouched(p, chosen.Fatal));
        return new PluginLoad([.. outcomes], chosen.Report, chosen.Platform, fatal) { Config = chosen.Config };
    }

    private string? Register(
        PluginSteps steps, PlatformStep.Result chosen, ImmutableArray<DiscoveredPlugin> found, AllowList allowed)
    {
        try
        {
            var switches = CustomOpSwitches.Parse(chosen.Config.CustomOps, settings.DisabledOps);
            _registry = new OpRegistry(_seams.InTreeOps, chosen.Platform.Dispatch, switches,
                text => steps.Log(PluginLogLevel.Warning, text));
        }
        catch (OpConfigurationException error)
        {
            return error.Message;
        }
        foreach (var plugin in found.Where(p => steps.OutcomeOf(p) is { Outcome: PluginOutcome.Selected }))
            _registry.NotePlugin($"{plugin.Group} {plugin.Name} {plugin.Value} {plugin.Version}");
        return new GeneralStep(steps, _registry).Run(found, allowed);
    }

    private static PluginOutcome Untouched(DiscoveredPlugin plugin, string? fatal) =>
        plugin.Group is not (EntryPointGroups.Platform or EntryPointGroups.General)
            ? plugin.With(PluginOutcome.Discovered, $"a worker does not load the group {plugin.Group}")
            : plugin.With(PluginOutcome.Skipped, fatal ?? "");

    /// <summary>
    /// A platform that could not be resolved is tried again (rule R34); general plugins never are (rule R15).
    /// </summary>
    private PluginLoad LoadAgainAsUpstream(PluginLoad failed) =>
        failed.ActivePlatform is UnspecifiedPlatform ? LoadNow() : failed with { Fatal = null };
}
