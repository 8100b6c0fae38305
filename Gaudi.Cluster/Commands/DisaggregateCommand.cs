using System.CommandLine;
using Gaudi.Cluster.Disaggregation;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi disaggregate`: one server computes prompts, one goes on with them, a router stands in front.</summary>
internal static class DisaggregateCommand
{
    internal static Command Create(Terminal terminal)
    {
        var model = new Argument<string?>("MODEL")
        {
            Description = "A Hugging Face model folder, or the name of a bundled model [default: gaudi-demo]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var flags = new ServeFlags();
        var command = new Command("disaggregate", "Serves a model with prompts and answers computed by different groups") { model };
        flags.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(flags.Read(parsed, parsed.GetValue(model) ?? ModelFolder.Bundled), terminal));
        return command;
    }

    private static async Task<int> RunAsync(ServeOptions options, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            await using var host = await DisaggregatedHost.StartAsync(options, terminal.Output, terminal.Error, stop).ConfigureAwait(false);
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
