using System.Collections.Immutable;
using System.CommandLine;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi plugins`: which plugins this machine has, or what each worker of a server made of them.</summary>
internal static class PluginsCommand
{
    internal static Command Create(Terminal terminal)
    {
        var json = ListingOptions.Json();
        var url = ListingOptions.Url();
        var apiKey = ListingOptions.ApiKey();
        var command = new Command("plugins", "Lists the plugins found; with --url, what each worker of a server made of them")
        {
            json, url, apiKey,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var server = parsed.GetValue(url);
            var rows = server is null
                ? new ThisMachine(terminal).Plugins()
                : await RunningServer.GetAsync<ImmutableArray<PluginRow>>(server, parsed.GetValue(apiKey), "/v1/plugins", cancellation);
            if (parsed.GetValue(json))
                terminal.Output.WriteLine(ReportJson.Write(rows));
            else if (server is null)
                WriteLines(terminal.Output, rows);
            else
                WriteOutcomes(terminal, rows);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>One line a plugin, as upstream's log names them.</summary>
    internal static void WriteLines(TextWriter output, ImmutableArray<PluginRow> rows)
    {
        foreach (var row in rows)
            output.WriteLine($"{Kind(row.Group)} - name: {row.Name}, value: {row.Value}");
    }

    private static string Kind(string group) => group switch
    {
        EntryPointGroups.Platform => "Platform Plugin",
        EntryPointGroups.General => "General Plugin",
        _ => $"Plugin of group {group}",
    };

    private static void WriteOutcomes(Terminal terminal, ImmutableArray<PluginRow> rows) => Tables.Write(
        terminal,
        ["NODE", "CARD", "PID", "GROUP", "NAME", "VALUE", "OUTCOME", "MS", "REASON"],
        [
            .. rows.Select(row => new[]
            {
                row.Node, $"{row.Card}", $"{row.Pid}", row.Group, row.Name, row.Value, row.Outcome,
                FormattableString.Invariant($"{row.DurationMs:F1}"), row.Reason,
            }),
        ]);
}
