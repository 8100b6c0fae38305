using System.CommandLine;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi ops`: which class answers for each op, from which plugin, and how often it ran.</summary>
internal static class OpsCommand
{
    internal static Command Create(Terminal terminal)
    {
        var json = ListingOptions.Json();
        var url = ListingOptions.Url();
        var apiKey = ListingOptions.ApiKey();
        var command = new Command("ops", "Lists the ops, who provides each, and how often a server ran them") { json, url, apiKey };
        command.SetAction(async (parsed, cancellation) =>
        {
            var report = parsed.GetValue(url) is { } server
                ? await RunningServer.GetAsync<OpsReport>(server, parsed.GetValue(apiKey), "/v1/ops", cancellation)
                : new ThisMachine(terminal).Ops();
            if (parsed.GetValue(json))
                terminal.Output.WriteLine(ReportJson.Write(report));
            else
                Write(terminal, report);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Terminal terminal, OpsReport report)
    {
        terminal.Output.WriteLine($"digest: {report.Digest}");
        foreach (var worker in report.Workers)
            terminal.Output.WriteLine($"worker {worker.Pid}: {worker.Digest}");
        Tables.Write(
            terminal,
            ["NAME", "MODULE", "PROVIDER", "VERSION", "REPLACES", "ENABLED", "CALLS"],
            [
                .. report.Ops.Select(op => new[]
                {
                    op.Name, op.Module, op.Provider, op.Version, op.Replaces ?? "", op.Enabled ? "yes" : "no", $"{op.Calls}",
                }),
            ]);
    }
}
