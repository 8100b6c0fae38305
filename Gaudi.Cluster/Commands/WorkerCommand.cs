using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi worker`: hidden, started by a node alone.</summary>
internal static class WorkerCommand
{
    internal static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            return await WorkerLife.RunAsync(arguments, WorkerHost.RunAsync).ConfigureAwait(false);
        }
        catch (Exception problem) when (WorldFault.Sentence(problem) is { } sentence)
        {
            await LastWords.SayAsync(sentence);
            return ExitCodes.Failed;
        }
    }
}
