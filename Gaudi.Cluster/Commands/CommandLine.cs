using System.CommandLine;
using System.CommandLine.Parsing;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The verbs of `gaudi`.</summary>
internal static class CommandLine
{
    /// <summary>Runs one verb.</summary>
    /// <returns>The exit code: 0 done, 1 a sentence on standard error says why not.</returns>
    internal static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        var invocation = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Signals are ours: StopSignals gives workers the time they need.
            ProcessTerminationTimeout = null,
        };
        try
        {
            var parsed = Root(terminal).Parse(arguments);
            if (parsed.Errors.Count > 0)
                return await RefuseAsync(parsed, terminal).ConfigureAwait(false);
            return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (Exception problem) when (WorldFault.Sentence(problem) is { } sentence)
        {
            await terminal.Error.WriteLineAsync($"gaudi: {sentence}");
            return ExitCodes.Failed;
        }
    }

    // The library's own report goes over several lines and both streams.
    private static async Task<int> RefuseAsync(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        var help = command is RootCommand ? "gaudi --help" : $"gaudi {command.Name} --help";
        // A mistyped verb is also a missing one; the word that was typed says more.
        var errors = parsed.Errors.Where(error => parsed.UnmatchedTokens.Count == 0
            || error.SymbolResult is not CommandResult
            || parsed.UnmatchedTokens.Any(token => error.Message.Contains(token, StringComparison.Ordinal)));
        var mistakes = errors.Select(error => error.Message.TrimEnd('.', ' ').ReplaceLineEndings(" ")).Distinct();
        await terminal.Error.WriteLineAsync($"gaudi: {string.Join("; ", mistakes)}; `{help}` says what there is");
        return ExitCodes.Failed;
    }

    private static RootCommand Root(Terminal terminal) =>
        new("Gaudi: an LLM inference runtime for Intel Gaudi clusters.")
        {
            ServeCommand.Create(terminal),
            NodeCommand.Create(terminal),
            ClusterCommand.Create(terminal),
            DisaggregateCommand.Create(terminal),
            RouteCommand.Create(terminal),
            AskCommand.Create(terminal),
            PluginsCommand.Create(terminal),
            PlatformCommand.Create(terminal),
            OpsCommand.Create(terminal),
            CardsCommand.Create(terminal),
            EventsCommand.Create(terminal),
            CertCommand.Create(terminal),
        };
}
