using System.CommandLine;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi ask`: a whole server for one question. The answer alone goes to standard output.</summary>
internal static class AskCommand
{
    internal static Command Create(Terminal terminal)
    {
        var question = new Argument<string>("QUESTION") { Description = "What to ask" };
        var model = new Option<string?>("--model") { Description = "A model folder or the name of a bundled model", HelpName = "MODEL" };
        var flags = new ServeFlags(defaultPort: 0);
        var command = new Command("ask", "Starts a server, prints the answer to one question, and stops") { question, model };
        flags.AddTo(command);
        command.SetAction((parsed, _) =>
            AskAsync(flags.Read(parsed, parsed.GetValue(model)), parsed.GetRequiredValue(question), terminal));
        return command;
    }

    private static async Task<int> AskAsync(ServeOptions options, string question, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            await using var host = await NodeHost.StartAsync(
                options, new StartLines(terminal.Error, terminal.Error), terminal.Error, stop).ConfigureAwait(false);
            await AnswerStream.CopyAsync(host.Url, host.ApiKey, host.Model.Name, question, terminal.Output, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
