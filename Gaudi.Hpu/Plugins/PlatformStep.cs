using System.Collections.Immutable;
using System.Reflection;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// The first half of a load: calls the platform plugins, chooses one, puts its changes into force (rules R23-R36).
/// </summary>
internal sealed class PlatformStep(PluginSteps steps)
{
    private readonly List<Contender> _contenders = [];

    internal sealed record Result(PlatformReport Report, Platform Platform, PlatformConfig Config, string? Fatal);

    internal Result Run(IReadOnlyList<DiscoveredPlugin> found, AllowList allowed)
    {
        foreach (var builtIn in steps.Seams.BuiltIns)
            _contenders.Add(OfBuiltIn(builtIn));
        var order = steps.Enter(EntryPointGroups.Platform, found, allowed);
        foreach (var plugin in order)
            _contenders.Add(Call(plugin));
        _contenders.AddRange(found
            .Where(p => p.Group == EntryPointGroups.Platform && !order.Contains(p, ReferenceEqualityComparer.Instance))
            .Select(p => new Contender(Judged(p))));
        if (steps.Settings.OnFailure == PluginFailurePolicy.Stop
            && _contenders.Find(c => c.Judged.Outcome == PluginOutcome.Failed) is { } failed)
        {
            return None(
                $"platform plugin {failed.Judged.Name} ({failed.Judged.Origin}) failed: {failed.Judged.Reason}; " +
                "remove it, or set gaudi.plugins.on-failure = report");
        }
        var selection = PlatformSelection.Of([.. _contenders.Select(c => c.Judged)], steps.Settings.RequestedPlatform);
        if (selection.Winner is not { } index)
            return None(selection.Message);
        steps.Log(PluginLogLevel.Info, selection.Message);
        return PutInForce(index);
    }

    private sealed record Contender(PlatformContender Judged)
    {
        internal DiscoveredPlugin? Plugin { get; init; }

        internal PluginContext? Context { get; init; }

        internal Func<PlatformSetup, Platform>? Build { get; init; }

        internal Func<Contender>? CallAgain { get; init; }
    }

    private static Contender OfBuiltIn(BuiltInPlatform builtIn)
    {
        var reason = builtIn.Inactive();
        var judged = new PlatformContender(
            builtIn.Name, PlatformCandidate.BuiltIn, reason is null, reason is null ? "active" : PluginOutcome.Declined,
            reason ?? "runs on every machine");
        return new Contender(judged) { Build = builtIn.Build };
    }

    private Contender Call(DiscoveredPlugin plugin)
    {
        var started = steps.Time.GetTimestamp();
        return steps.Resolve(plugin, started) is { } function
            ? Call(plugin, function, started)
            : new Contender(Judged(plugin)) { Plugin = plugin };
    }

    private Contender Call(DiscoveredPlugin plugin, PluginFunction function, long started)
    {
        var context = new PluginContext(plugin.Name, steps.Settings.Environment, steps.Cards,
            line => steps.Log(line.Level, line.Text, line.Error));
        try
        {
            if (function.Register!(context) is not { } className)
            {
                var reason = context.DeclineReason ?? "it says it is not for this machine";
                steps.Note(plugin, PluginOutcome.Declined, reason, steps.Time.GetElapsedTime(started));
                return new Contender(Judged(plugin)) { Plugin = plugin };
            }
            var type = function.PlatformType(className);
            steps.Note(plugin, PluginOutcome.Skipped, "active, but not chosen", steps.Time.GetElapsedTime(started));
            return new Contender(
                new PlatformContender(plugin.Name, plugin.Value, IsActive: true, "active", $"offers {className}"))
            {
                Plugin = plugin,
                Context = context,
                Build = setup => (Platform)type.GetConstructor([typeof(PlatformSetup)])!
                    .Invoke(BindingFlags.DoNotWrapExceptions, null, [setup], null),
                CallAgain = () => Call(plugin, function, started),
            };
        }
        catch (Exception error)
        {
            steps.Fail(plugin, PluginSteps.Text(error), error, steps.Time.GetElapsedTime(started));
            return new Contender(Judged(plugin)) { Plugin = plugin };
        }
    }

    private PlatformContender Judged(DiscoveredPlugin plugin)
    {
        var outcome = steps.OutcomeOf(plugin)!;
        return new PlatformContender(plugin.Name, plugin.Value, IsActive: false, outcome.Outcome, outcome.Reason);
    }

    private Result PutInForce(int index)
    {
        // Upstream calls the winner a second time for the class name (rule R31).
        if (steps.IsUpstream && _contenders[index].CallAgain is { } callAgain)
            _contenders[index] = callAgain();
        var winner = _contenders[index];
        if (!winner.Judged.IsActive)
            return None($"platform {winner.Judged.Name} changed its mind when called again: {winner.Judged.Reason}");
        foreach (var (name, value) in winner.Context?.Writes ?? [])
            steps.Seams.SetEnvironment(name, value);
        try
        {
            var platform = winner.Build!(Setup(winner.Context));
            var check = platform.CheckConfig(Asked());
            if (winner.Plugin is not null && steps.OutcomeOf(winner.Plugin) is { } called)
                steps.Note(winner.Plugin, PluginOutcome.Selected, "", TimeSpan.FromMilliseconds(called.DurationMs));
            var candidates = _contenders.Select(c => Candidate(c, ReferenceEquals(c, winner)));
            ImmutableArray<PlatformChange> changes = [.. winner.Context?.Changes ?? [], .. check.Changes];
            foreach (var change in changes)
            {
                steps.Log(PluginLogLevel.Info,
                    $"{winner.Judged.Name} sets {change.Setting} to {change.To} (was {change.From}): {change.Why}");
            }
            return new Result(
                new PlatformReport(platform.Name, platform.GetType().FullName!, [.. candidates], changes)
                {
                    Attention = AttentionOffer.Of(platform),
                },
                platform, check.Config, check.Problems.IsEmpty ? null : string.Join("; ", check.Problems));
        }
        catch (Exception error)
        {
            if (winner.Plugin is not null)
                steps.Fail(winner.Plugin, PluginSteps.Text(error), error);
            return None($"platform {winner.Judged.Name} ({winner.Judged.Origin}) was chosen and could not be built: " +
                PluginSteps.Text(error));
        }
    }

    private PlatformSetup Setup(PluginContext? context) => new(
        steps.Cards, steps.Settings.Simulate,
        context is null ? name => steps.Settings.Environment.GetValueOrDefault(name) : context.ReadEnvironment,
        steps.Seams.AvailableBytes);

    private PlatformConfig Asked() => steps.Settings.Config with
    {
        CustomOps = [.. steps.Settings.CustomOps],
    };

    private Result None(string reason)
    {
        // Not an error line: it is the load's reason to stop, and whoever asked for the load tells it, once.
        steps.Log(PluginLogLevel.Info, reason);
        var platform = new UnspecifiedPlatform(reason);
        return new Result(
            new PlatformReport(platform.Name, platform.GetType().FullName!,
                [.. _contenders.Select(c => Candidate(c, false))], []) { Attention = AttentionOffer.Of(platform) },
            platform, Asked(), reason);
    }

    private static PlatformCandidate Candidate(Contender contender, bool isWinner) => new(
        contender.Judged.Name, contender.Judged.Origin,
        isWinner ? PluginOutcome.Selected : contender.Judged.Outcome, contender.Judged.Reason);
}
