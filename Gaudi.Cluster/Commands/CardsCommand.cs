using System.Collections.Immutable;
using System.CommandLine;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi cards`: the cards of this machine, or of a server with what each does.</summary>
internal static class CardsCommand
{
    private const double BytesPerGib = 1024.0 * 1024 * 1024;

    internal static Command Create(Terminal terminal)
    {
        var json = ListingOptions.Json();
        var url = ListingOptions.Url();
        var apiKey = ListingOptions.ApiKey();
        var command = new Command("cards", "Lists the cards; with --url, what each does in a server") { json, url, apiKey };
        command.SetAction(async (parsed, cancellation) =>
        {
            var rows = parsed.GetValue(url) is { } server
                ? await RunningServer.GetAsync<ImmutableArray<CardRow>>(server, parsed.GetValue(apiKey), "/v1/cards", cancellation)
                : new ThisMachine(terminal).Cards();
            if (parsed.GetValue(json))
                terminal.Output.WriteLine(ReportJson.Write(rows));
            else
                Write(terminal, rows);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>The table of cards.</summary>
    internal static void Write(Terminal terminal, ImmutableArray<CardRow> rows) => Tables.Write(
        terminal,
        ["NODE", "CARD", "GENERATION", "STATE", "PID", "GROUP", "RANK", "EPOCH", "USED GIB", "MEMORY GIB", "DIGEST"],
        [
            .. rows.Select(row => new[]
            {
                row.Node, $"{row.Card}", row.Generation + (row.Simulated ? " (simulated)" : ""), row.State, $"{row.WorkerPid}",
                row.Group ?? "", $"{row.Rank}", $"{row.Epoch}", Gib(row.UsedBytes), Gib(row.MemoryBytes),
                row.Digest is { Length: > 12 } digest ? digest[..12] : row.Digest ?? "",
            }),
        ]);

    private static string Gib(long bytes) => FormattableString.Invariant($"{bytes / BytesPerGib:F2}");
}
