using System.Globalization;

namespace Gaudi.Tests.Storm;

/// <summary>A storm from the first process to the verdict.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="time">The monotonic clock and owner of all waits.</param>
/// <param name="lines">Told how it goes, a line at a time; any thread.</param>
internal sealed class StormRun(StormOptions options, TimeProvider time, Action<string> lines)
{
    /// <summary>Runs it. Nothing of it is left running, however it ends.</summary>
    /// <param name="stop">Ends it early: then the verdict is of what was.</param>
    internal async Task<StormVerdict> RunAsync(CancellationToken stop)
    {
        using var history = new StormHistory(time, options.Output is { } path ? File.CreateText(path) : null);
        history.Add(StormEventKind.Plan, plan => plan with
        {
            RefusedMax = options.RefusedMax,
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"seed {options.Seed}, {options.Minutes} minutes, {options.ClientCount} clients, {options.RequestCount} requests, "
                + $"faults {string.Join(", ", options.Classes.Select(StormOptions.NameOf))}"),
        });
        string? failure = null;
        await using (var cluster = new StormCluster(options, history, time))
        {
            try
            {
                await cluster.StartAsync(stop).ConfigureAwait(false);
                await StormAsync(cluster, history, stop).ConfigureAwait(false);
            }
            catch (Exception problem) when (problem is TimeoutException or InvalidOperationException or HttpRequestException
                or OperationCanceledException)
            {
                failure = problem.Message;
                lines($"storm    stops: {problem.Message}");
            }
        }
        var verdict = StormChecker.Check(history.Events);
        return failure is null ? verdict : verdict with { Violations = [.. verdict.Violations, failure] };
    }

    private async Task StormAsync(StormCluster cluster, StormHistory history, CancellationToken stop)
    {
        var requests = StormRequest.Make(options.RequestCount, options.Seed);
        var client = new StormClient(cluster.Http, requests, history, time);
        await ReferAsync(client, history, stop).ConfigureAwait(false);
        history.Add(StormEventKind.Begun);
        lines("storm    begins");
        using var noNew = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var clients = Enumerable.Range(0, options.ClientCount)
            .Select(index => client.RunAsync(index, options.Seed, noNew.Token, abandon.Token)).ToArray();
        try
        {
            await FaultsAsync(cluster, history, stop).ConfigureAwait(false);
        }
        finally
        {
            await noNew.CancelAsync().ConfigureAwait(false);
            abandon.CancelAfter(TimeSpan.FromSeconds(options.PatienceSeconds));
            await Task.WhenAll(clients).ConfigureAwait(false);
        }
    }

    // Each alone: what one answers must not depend on the others, nor on what happens to the cards.
    private async Task ReferAsync(StormClient client, StormHistory history, CancellationToken stop)
    {
        for (var spec = 0; spec < options.RequestCount; spec++)
        {
            var from = history.Events.Count;
            var number = -1L - spec; // Below every client's.
            await client.AskAsync(number, spec, stop).ConfigureAwait(false);
            var own = history.Events.Skip(from).Where(happened => happened.Request == number).ToArray();
            if (own.LastOrDefault() is not { Kind: StormEventKind.Finished } done)
                throw new InvalidOperationException($"the undisturbed run broke at request {spec}: {own.LastOrDefault()?.Text}");
            int[] tokens = [.. own.Where(happened => happened.Kind == StormEventKind.Token).Select(happened => happened.Token!.Value)];
            history.Add(StormEventKind.Reference, one => one with { Spec = spec, Tokens = tokens, Text = done.Text });
        }
        lines($"storm    {options.RequestCount} requests were answered undisturbed");
    }

    private async Task FaultsAsync(StormCluster cluster, StormHistory history, CancellationToken stop)
    {
        var injector = new FaultInjector(cluster, history, options, time);
        var begun = time.GetTimestamp();
        await injector.FlowsAsync("before the first fault an answer for every client", stop).ConfigureAwait(false);
        foreach (var fault in FaultPlan.Make(options.Seed, options.Classes))
        {
            if (time.GetElapsedTime(begun).TotalMinutes >= options.Minutes)
                return;
            var from = time.GetTimestamp();
            var running = injector.RunAsync(fault, stop);
            if (await Task.WhenAny(running, cluster.GatewayEnded).ConfigureAwait(false) != running)
                throw new InvalidOperationException($"node a returned {await cluster.GatewayEnded.ConfigureAwait(false)} in the storm");
            await running.ConfigureAwait(false);
            lines(string.Create(
                CultureInfo.InvariantCulture,
                $"fault    {fault.Number} {StormOptions.NameOf(fault.Class)}: healed after {time.GetElapsedTime(from).TotalSeconds:F1} s"));
        }
    }
}
