using System.CommandLine;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards;
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
        command.SetAction((parsed, _) => RunAsync(flags.Read(parsed, HostPort.Parse(parsed.GetRequiredValue(seed))), terminal));
        return command;
    }

    private static async Task<int> RunAsync(NodeOptions options, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            var settings = HoconFiles.Load(AppContext.BaseDirectory, options.SettingsFile, [ServeSettings.Of(options)]);
            var plan = CardPlan.Choose(
                wanted: null, MachineProbe.OfThisMachine().Probe(), options.CardCount, neededCount: 0, CardGeneration.Gaudi2,
                () => CardMemory.AvailableBytes());
            var lines = new StartLines(terminal.Output);
            lines.Cards(plan);
            await using var node = await EngineNode.StartAsync(
                options, settings, ServeSettings.Of(options) + ServeSettings.Of(plan), [GaudiSystem.EngineRole], terminal.Error,
                stop).ConfigureAwait(false);
            var engine = new UnwiredEngine(node, plan, $"{node.Membership.SelfAddress}/user/devices");
            lines.Joined(options.Seed!, node.Membership.SelfAddress.ToString());
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
