using System.Text.Json;

namespace Gaudi.Cluster.Node;

/// <summary>The life of a worker process: tied to its node first, then its work, until the node lets go.</summary>
internal static class WorkerLife
{
    /// <summary>Runs a worker's work until it ends or the node closes our standard input.</summary>
    /// <param name="arguments">After the verb.</param>
    /// <param name="work">Gets what the node wrote, and a token that is cancelled when the node lets go.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(string[] arguments, Func<WorkerStart, CancellationToken, Task<int>> work)
    {
        if (WorkerArguments.Parse(arguments) is not { } parsed)
        {
            await Console.Error.WriteLineAsync("`gaudi worker` is started by a node; start one with `gaudi serve` or `gaudi node`");
            return ExitCodes.NoParent;
        }
        if (!ParentTie.Bind(parsed.ParentPid))
            return ExitCodes.NoParent;
        using var signals = new WorkerSignals();
        var input = new StreamReader(Console.OpenStandardInput());
        if (await ReadStartAsync(input).ConfigureAwait(false) is not { } start)
            return ExitCodes.NoParent;
        signals.Grace = start.SignalGrace;
        // Not disposed: the watching thread may cancel it while the process is leaving.
        var released = new CancellationTokenSource();
        new Thread(() => CancelAtEnd(input, signals, released)) { IsBackground = true, Name = "node-watch" }.Start();
        return await work(start, released.Token).ConfigureAwait(false);
    }

    private static async Task<WorkerStart?> ReadStartAsync(StreamReader input)
    {
        try
        {
            return await input.ReadLineAsync().ConfigureAwait(false) is { } line ? WorkerStart.FromLine(line) : null;
        }
        catch (JsonException problem)
        {
            await Console.Error.WriteLineAsync($"expected the node's start line, came something else: {problem.Message}");
            return null;
        }
    }

    private static void CancelAtEnd(StreamReader input, WorkerSignals signals, CancellationTokenSource released)
    {
        while (input.ReadLine() is { } line)
        {
            if (line == WorkerSignals.HoldLine)
                signals.Hold();
        }
        released.Cancel();
    }
}
