using System.CommandLine;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi cluster N`: N nodes of one cluster on this machine, each at its own loopback address, until told to stop.</summary>
internal static class ClusterCommand
{
    private const int NodeCountMax = 16;

    internal static Command Create(Terminal terminal)
    {
        var count = new Argument<int>("N")
        {
            Description = "How many nodes: 127.0.0.1, 127.0.0.2, ... stand for machines",
            DefaultValueFactory = _ => 3,
        };
        count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value is >= 1 and <= NodeCountMax))
                result.AddError($"N expects 1 to {NodeCountMax} nodes, came `{token.Value}`");
        });
        var port = new Option<int>("--port")
        {
            Description = "Port HTTP listens on, the same at every node's address; 0 lets the system choose",
            HelpName = "PORT",
            DefaultValueFactory = _ => 8000,
        };
        var clusterPort = new Option<int>("--cluster-port")
        {
            Description = "Port of the cluster, the same at every node's address",
            HelpName = "PORT",
            DefaultValueFactory = _ => NodeOptions.WellKnownPort,
        };
        port.AddRange(0, ushort.MaxValue);
        clusterPort.AddRange(1, ushort.MaxValue);
        var command = new Command(
            "cluster", "Starts N nodes that serve the bundled model together; whatever else is written goes to each node's `gaudi serve`")
        {
            count, port, clusterPort, AdministrationCommands.Restart(terminal), AdministrationCommands.Drain(terminal),
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, _) => RunAsync(
            new LocalClusterOptions(
                parsed.GetRequiredValue(count), parsed.GetRequiredValue(port), parsed.GetRequiredValue(clusterPort),
                [.. parsed.UnmatchedTokens]),
            terminal));
        return command;
    }

    private static async Task<int> RunAsync(LocalClusterOptions options, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            await using var cluster = new LocalCluster(options, terminal.Output, terminal.Error);
            await cluster.StartAsync(stop).ConfigureAwait(false);
            await cluster.RunAsync(stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
