using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi worker`: hidden, started by a node alone.</summary>
internal static class WorkerCommand
{
    internal static Task<int> RunAsync(string[] arguments) => WorkerLife.RunAsync(arguments, ServeCardAsync);

    private static async Task<int> ServeCardAsync(WorkerStart start, CancellationToken released)
    {
        await Console.Error.WriteLineAsync($"worker {start.CardIndex} runs");
        await Task.Delay(Timeout.Infinite, released).ContinueWith(_ => { }, TaskScheduler.Default);
        return ExitCodes.Done;
    }
}
