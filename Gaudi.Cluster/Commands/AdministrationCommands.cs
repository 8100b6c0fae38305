using System.CommandLine;
using System.Text.Json.Nodes;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi cluster restart --rolling` and `gaudi cluster drain NODE`: orders to a running server, followed to their end.</summary>
internal static class AdministrationCommands
{
    internal static Command Restart(Terminal terminal)
    {
        var rolling = new Option<bool>("--rolling")
        {
            Description = "One worker after another, each when every replica serves again: no request fails",
            Required = true,
        };
        var (url, apiKey) = (Url(), ListingOptions.ApiKey());
        var command = new Command("restart", "Starts the workers of a running cluster anew") { rolling, url, apiKey };
        command.SetAction((parsed, cancellation) => FollowAsync(
            terminal, parsed.GetRequiredValue(url), parsed.GetValue(apiKey), AdministrationEndpoints.RestartPath, "{}", cancellation));
        return command;
    }

    internal static Command Drain(Terminal terminal)
    {
        var node = new Argument<string>("NODE") { Description = "The node's address, as `gaudi cards --url` shows it" };
        var (url, apiKey) = (Url(), ListingOptions.ApiKey());
        var command = new Command(
            "drain", "Takes all cards of a node out of use, when others have room for what they serve; then stop the node")
        {
            node, url, apiKey,
        };
        command.SetAction((parsed, cancellation) => FollowAsync(
            terminal, parsed.GetRequiredValue(url), parsed.GetValue(apiKey), AdministrationEndpoints.DrainPath,
            new JsonObject { ["node"] = parsed.GetRequiredValue(node) }.ToJsonString(), cancellation));
        return command;
    }

    private static Option<string> Url() => new("--url")
    {
        Description = "A server of the cluster", HelpName = "http://HOST:PORT", DefaultValueFactory = _ => "http://127.0.0.1:8000",
    };

    // Whoever ends this command does not end the order.
    private static async Task<int> FollowAsync(
        Terminal terminal, string url, string? apiKey, string path, string body, CancellationToken cancellation)
    {
        var report = await RunningServer.PostAsync<AdministrationReport>(url, apiKey, path, body, cancellation).ConfigureAwait(false);
        var told = 0;
        while (true)
        {
            for (; told < report.Cards.Length && report.Cards[told].State == "done"; told++)
                terminal.Output.WriteLine(Line(report.Cards[told], told + 1, report.Cards.Length));
            if (!report.IsRunning())
                break;
            await Task.Delay(RunningServer.Patience().Follow, cancellation).ConfigureAwait(false);
            report = await RunningServer.GetAsync<AdministrationReport>(url, apiKey, AdministrationEndpoints.ReportPath, cancellation)
                .ConfigureAwait(false);
        }
        if (report.State != "done")
            throw new CommandException(report.Reason);
        terminal.Output.WriteLine(report.Reason);
        return ExitCodes.Done;
    }

    private static string Line(AdministrationRow row, int number, int count)
    {
        var worker = row.PidAfter is { } pid ? $"process {row.PidBefore} -> {pid}" : $"process {row.PidBefore} ended";
        return FormattableString.Invariant($"{number}/{count}  {row.Node} card {row.Card}: {worker}, {row.Seconds:F1} s");
    }
}
