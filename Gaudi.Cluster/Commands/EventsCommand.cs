using System.CommandLine;
using System.Globalization;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi events`: what changed what a server's node can serve.</summary>
internal static class EventsCommand
{
    internal static Command Create(Terminal terminal)
    {
        var url = new Option<string>("--url")
        {
            Description = "The server to ask", HelpName = "http://HOST:PORT", DefaultValueFactory = _ => "http://127.0.0.1:8000",
        };
        var json = new Option<bool>("--json") { Description = "Print JSON, one event a line; its shape is stable" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Wait for more, until interrupted" };
        var after = new Option<long>("--after") { Description = "Only events with a higher number", HelpName = "N" };
        var apiKey = ListingOptions.ApiKey();
        var command = new Command("events", "Lists what happened to workers, groups and nodes of a server")
        {
            url, json, follow, after, apiKey,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var last = parsed.GetValue(after);
            while (true)
            {
                var text = await RunningServer.TextAsync(
                    parsed.GetRequiredValue(url), parsed.GetValue(apiKey), $"/v1/events?after={last}", cancellation).ConfigureAwait(false);
                foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    var row = ReportJson.Read<EventRow>(line);
                    terminal.Output.WriteLine(parsed.GetValue(json) ? line : Line(row));
                    last = row.Seq;
                }
                if (!parsed.GetValue(follow))
                    return ExitCodes.Done;
                await Task.Delay(RunningServer.Patience().Follow, cancellation).ConfigureAwait(false);
            }
        });
        return command;
    }

    /// <summary>One event as people read it, in local time.</summary>
    internal static string Line(EventRow row)
    {
        string?[] about =
        [
            row.Card is { } card ? $"card {card}" : null,
            row.Pid is { } pid ? $"process {pid}" : null,
            row.Group is { } group ? $"{group} epoch {row.Epoch}" : null,
            row.Ranks is { } ranks ? $"on {ranks}" : null,
            row.Seconds is { } seconds ? FormattableString.Invariant($"after {seconds:F2} s") : null,
            row.RequestCount is { } count ? $"{count} requests" : null,
            row.Reason.Length > 0 ? FirstLine(row.Reason) : null,
        ];
        var time = row.Time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        return $"{row.Seq,4}  {time}  {row.Kind,-18} {string.Join(", ", about.Where(part => part is not null))}".TrimEnd();
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0];
}
