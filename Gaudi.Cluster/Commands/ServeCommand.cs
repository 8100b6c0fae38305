using System.CommandLine;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi serve`: one model over HTTP, until it is told to stop.</summary>
internal static class ServeCommand
{
    internal static Command Create(Terminal terminal)
    {
        var model = new Argument<string?>("MODEL")
        {
            Description = "A Hugging Face model folder, or the name of a bundled model [default: gaudi-demo]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        model.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } mistyped)
                result.AddError($"there is no option {mistyped.Value}");
        });
        var parent = new Option<int?>(LocalClusterOptions.ParentOption) { Hidden = true };
        var flags = new ServeFlags();
        var command = new Command("serve", "Serves a model over HTTP, as OpenAI's API has it") { model, parent };
        flags.AddTo(command);
        command.SetAction((parsed, _) => parsed.GetValue(parent) is { } pid && !ParentTie.Bind(pid)
            ? Task.FromResult(ExitCodes.NoParent)
            : ServeAsync(flags.Read(parsed, parsed.GetValue(model)), terminal));
        return command;
    }

    private static async Task<int> ServeAsync(ServeOptions options, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            await using var host = await NodeHost.StartAsync(
                options, new StartLines(terminal.Output, terminal.Error), terminal.Error, stop).ConfigureAwait(false);
            try
            {
                await host.RunAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                await host.DrainAsync().ConfigureAwait(false);
                throw;
            }
        }).ConfigureAwait(false);
    }
}
