using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gaudi.Cluster.Node;

/// <summary>One `gaudi serve` that this process started. Any thread.</summary>
internal sealed partial class LocalNode : IDisposable
{
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Relays its lines until it ends.</summary>
    /// <param name="name">Before each of them.</param>
    /// <param name="process">Started, its streams redirected.</param>
    /// <param name="output">For its standard output.</param>
    /// <param name="log">For its standard error.</param>
    internal LocalNode(string name, Process process, TextWriter output, TextWriter log)
    {
        (Name, _process) = (name, process);
        Ended = Task.WhenAll(
            CopyAsync(process.StandardOutput, output), CopyAsync(process.StandardError, log), process.WaitForExitAsync());
    }

    /// <summary>Such as `node 2`.</summary>
    internal string Name { get; }

    /// <summary>Of its process.</summary>
    internal int Pid => _process.Id;

    /// <summary>Its URL, once it serves. Never completes when it does not.</summary>
    internal Task<string> Ready => _ready.Task;

    /// <summary>Completes when the process is gone and its lines are told.</summary>
    internal Task Ended { get; }

    /// <summary>How it ended, in words; after <see cref="Ended"/>.</summary>
    internal string End => _process.ExitCode > 128 ? $"was ended by signal {_process.ExitCode - 128}" : $"returned {_process.ExitCode}";

    /// <summary>Asks it to stop, as a service manager would.</summary>
    internal void Ask()
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, Sigterm);
    }

    /// <summary>Ends it at once; its workers end with it.</summary>
    internal void Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
    }

    public void Dispose() => _process.Dispose();

    private async Task CopyAsync(StreamReader source, TextWriter target)
    {
        while (await source.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            await target.WriteLineAsync($"[{Name}] {line}").ConfigureAwait(false);
            if (line.StartsWith(StartLines.ReadyStart, StringComparison.Ordinal))
                _ready.TrySetResult(line[StartLines.ReadyStart.Length..]);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
