using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// The second half of a load: calls the general plugins and puts their ops into force (rules R14-R17).
/// </summary>
internal sealed class GeneralStep(PluginSteps steps, OpRegistry registry)
{
    /// <returns>Why the worker must not start; null when it may.</returns>
    internal string? Run(IReadOnlyList<DiscoveredPlugin> found, AllowList allowed)
    {
        var order = steps.Enter(EntryPointGroups.General, found, allowed);
        string? fatal = null;
        foreach (var plugin in order)
        {
            if (fatal is not null)
            {
                steps.Note(plugin, PluginOutcome.Skipped, "a plugin before it ended the start");
                continue;
            }
            var isRegistered = Call(plugin, order, out var isCalled);
            // Upstream skips a plugin it cannot load and dies of one that throws when called (rules R9, R17).
            if (!isRegistered && (IsStop || (steps.IsUpstream && isCalled)))
                fatal = Fatal(plugin);
        }
        var circle = found.FirstOrDefault(p => p.Group == EntryPointGroups.General && HasFailed(p));
        return fatal ?? (IsStop && circle is not null ? Fatal(circle) : null);
    }

    private bool IsStop => steps.Settings.OnFailure == PluginFailurePolicy.Stop;

    private bool HasFailed(DiscoveredPlugin plugin) => steps.OutcomeOf(plugin) is { Outcome: PluginOutcome.Failed };

    private string Fatal(DiscoveredPlugin plugin) =>
        $"plugin {plugin.Name} ({plugin.Value}) failed: {steps.OutcomeOf(plugin)!.Reason}; " +
        "remove it, or set gaudi.plugins.on-failure = report";

    private bool Call(DiscoveredPlugin plugin, IReadOnlyList<DiscoveredPlugin> order, out bool isCalled)
    {
        isCalled = false;
        var started = steps.Time.GetTimestamp();
        if (MissingNeed(plugin, order) is { } missing)
        {
            steps.Fail(plugin, missing, null);
            return false;
        }
        if (steps.Resolve(plugin, started) is not { } function)
            return false;
        isCalled = true;
        var registration = new OpRegistration(new OpOrigin(plugin.Name, plugin.Value, plugin.Version, plugin.Replaces));
        try
        {
            function.RegisterOps!(registration);
        }
        catch (Exception error)
        {
            steps.Fail(plugin, PluginSteps.Text(error), error, steps.Time.GetElapsedTime(started));
            return false;
        }
        return Apply(plugin, registration, started);
    }

    private bool Apply(DiscoveredPlugin plugin, OpRegistration registration, long started)
    {
        var isWhole = steps.Settings.OnFailure != PluginFailurePolicy.Report;
        var applied = registry.Apply(registration, isWhole);
        var took = steps.Time.GetElapsedTime(started);
        var reason = string.Join("; ", applied.Failures.Select(f => $"module {f.Module} failed: {f.Reason}"));
        if (applied.Failures.Length > 0 && (isWhole || applied.Modules.IsEmpty))
        {
            steps.Fail(plugin, reason, applied.Failures[0].Error, took);
            return false;
        }
        foreach (var failure in applied.Failures)
        {
            steps.Log(PluginLogLevel.Warning,
                $"Plugin {plugin.Name} ({plugin.Value}): module {failure.Module} failed: {failure.Reason}",
                failure.Error);
        }
        steps.Note(plugin, PluginOutcome.Registered, reason, took);
        registry.NotePlugin($"{plugin.Group} {plugin.Name} {plugin.Value} {plugin.Version}");
        return true;
    }

    private string? MissingNeed(DiscoveredPlugin plugin, IReadOnlyList<DiscoveredPlugin> order)
    {
        foreach (var need in plugin.Needs)
        {
            var needed = order.FirstOrDefault(p => p.Name == need);
            if (needed is null)
                return $"it needs {need}, which is not installed or not allowed";
            if (steps.OutcomeOf(needed) is not { Outcome: PluginOutcome.Registered })
                return $"it needs {need}, which has not registered";
        }
        return null;
    }
}
