using System.Diagnostics;

namespace Gaudi.Tests.Storm;

/// <summary>One life of a node: a process `gaudi`, its lines, its end.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;

    private NodeProcess(string name, Process process, Action<NodeProcess, string> told)
    {
        (Name, _process) = (name, process);
        Ended = EndAsync(CopyAsync(process.StandardOutput, told), CopyAsync(process.StandardError, told));
    }

    /// <summary>The node and its life, such as "a#1".</summary>
    internal string Name { get; }

    /// <summary>Of the node, not of its workers.</summary>
    internal int Pid => _process.Id;

    /// <summary>Its exit code, when it has ended and all its lines were read.</summary>
    internal Task<int> Ended { get; }

    /// <summary>Starts a verb.</summary>
    /// <param name="name">Of this life.</param>
    /// <param name="program">The program.</param>
    /// <param name="environment">Variables over this process's.</param>
    /// <param name="arguments">The verb and its options.</param>
    /// <param name="told">Told each line, of both streams.</param>
    internal static NodeProcess Start(
        string name, string program, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments,
        Action<NodeProcess, string> told)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("VLLM_PLUGINS");
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        return new NodeProcess(name, Process.Start(start)!, told);
    }

    public void Dispose() => _process.Dispose();

    private async Task CopyAsync(StreamReader source, Action<NodeProcess, string> told)
    {
        await Task.Yield();
        while (await source.ReadLineAsync().ConfigureAwait(false) is { } line)
            told(this, line);
    }

    private async Task<int> EndAsync(params Task[] copies)
    {
        await Task.WhenAll([.. copies, _process.WaitForExitAsync()]).ConfigureAwait(false);
        return _process.ExitCode;
    }
}
