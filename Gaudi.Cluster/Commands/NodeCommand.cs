using System.Collections.Immutable;
using System.CommandLine;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards.Probe;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi node`: this machine's cards join a cluster that another machine's `gaudi serve` started.</summary>
internal static class NodeCommand
{
    internal static Command Create(Terminal terminal)
    {
        var seed = new Option<string>("--seed")
        {
            Description = "A node of the cluster: its --cluster-host and --cluster-port",
            HelpName = "HOST:PORT",
            Required = true,
        };
        seed.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && HostPort.Parse(token.Value) is null)
                result.AddError($"--seed expects HOST:PORT, such as 10.0.0.1:4053; came `{token.Value}`");
        });
        var flags = new NodeFlags(NodeOptions.WellKnownPort);
        var command = new Command("node", "Joins this machine's cards to a cluster") { seed };
        flags.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(flags.Read(parsed, [HostPort.Parse(parsed.GetRequiredValue(seed))!]), terminal));
        return command;
    }

    private static async Task<int> RunAsync(NodeOptions options, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            var settings = NodeSettings.Load(
                AppContext.BaseDirectory, options, flags: "", neededCards: _ => 0, MachineProbe.OfThisMachine());
            var lines = new StartLines(terminal.Output, terminal.Error);
            lines.Cards(settings.Plan);
            await LendAsync(options, settings, lines, terminal.Error, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    // A node that the cluster put out comes back to any it knew. Only the first start ends the program when it fails.
    private static async Task LendAsync(
        NodeOptions options, NodeSettings settings, StartLines lines, TextWriter log, CancellationToken stop)
    {
        var waits = new RejoinWaits(settings.Gaudi.Cluster);
        var known = await LendOnceAsync(options, settings, lines, new FirstStarts(), log, stop).ConfigureAwait(false);
        while (true)
        {
            lines.PutOut(LastingNode.Reason);
            await Task.Delay(waits.Next(), stop).ConfigureAwait(false);
            try
            {
                var seeds = options.Seeds.Union(known).ToImmutableArray();
                known = await LendOnceAsync(options with { Seeds = seeds }, settings, lines, null, log, stop).ConfigureAwait(false);
                waits = new RejoinWaits(settings.Gaudi.Cluster);
            }
            catch (NodeStartException problem)
            {
                lines.StaysOut(problem.Message);
            }
        }
    }

    private static async Task<ImmutableArray<HostPort>> LendOnceAsync(
        NodeOptions options, NodeSettings settings, StartLines lines, FirstStarts? starts, TextWriter log, CancellationToken stop)
    {
        await using var node = await EngineNode.StartAsync(
            options, settings, [GaudiSystem.NodeRole], served: [], log, stop).ConfigureAwait(false);
        node.StartWorkers(served: null);
        lines.Joined(options.Seeds[0], node.Name);
        var told = TellAsync(node, lines, starts, new GivingUp(settings.Plan.CardCount), stop);
        await Task.WhenAny(told, node.Actors.WhenTerminated).ConfigureAwait(false);
        if (told.IsCompleted)
            await told.ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        return node.KnownEngines;
    }

    private static async Task TellAsync(
        EngineNode node, StartLines lines, FirstStarts? starts, GivingUp givingUp, CancellationToken stop)
    {
        await foreach (var happened in node.Events.ReadAllAsync(stop).ConfigureAwait(false))
        {
            starts?.See(happened);
            lines.Tell(happened);
            givingUp.See(happened);
        }
    }
}
