using System.CommandLine;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi platform`: which platform a worker started now would run on, and why each other would not be it.</summary>
internal static class PlatformCommand
{
    internal static Command Create(Terminal terminal)
    {
        var json = ListingOptions.Json();
        var command = new Command("platform", "Shows which platform is chosen on this machine, and why") { json };
        command.SetAction(parsed =>
        {
            var report = new ThisMachine(terminal).Platform();
            if (parsed.GetValue(json))
                terminal.Output.WriteLine(ReportJson.Write(report));
            else
                Write(terminal, report);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Terminal terminal, PlatformReport report)
    {
        terminal.Output.WriteLine($"platform: {report.Selected} ({report.ClassName})");
        Tables.Write(
            terminal,
            ["NAME", "ORIGIN", "OUTCOME", "REASON"],
            [.. report.Candidates.Select(one => new[] { one.Name, one.Origin, one.Outcome, one.Reason })]);
        foreach (var offer in report.Attention)
            terminal.Output.WriteLine($"attention: {offer.Need}: {offer.Backend ?? "none"}: {offer.Reason}");
        foreach (var change in report.Changes)
            terminal.Output.WriteLine($"changed: {change.Setting}: {change.From} -> {change.To}: {change.Why}");
    }
}
