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
            await using var node = await EngineNode.StartAsync(
                options, settings, [GaudiSystem.NodeRole], served: [], terminal.Error, stop).ConfigureAwait(false);
            node.StartWorkers(served: null);
            lines.Joined(options.Seeds[0], node.Name);
            // Events end when the node is disposed, so a node that was put out is known by its actors' end.
            var first = await Task.WhenAny(
                node.Actors.WhenTerminated, TellAsync(node, settings.Plan.CardCount, lines, stop)).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            throw new NodeStartException(
                "the cluster put this node out, because most other nodes did not hear from it; start it again when the network is well");
        }).ConfigureAwait(false);
    }

    private static async Task TellAsync(EngineNode node, int cardCount, StartLines lines, CancellationToken stop)
    {
        var starts = new FirstStarts();
        var givingUp = new GivingUp(cardCount);
        await foreach (var happened in node.Events.ReadAllAsync(stop).ConfigureAwait(false))
        {
            starts.See(happened);
            lines.Tell(happened);
            givingUp.See(happened);
        }
    }
}
