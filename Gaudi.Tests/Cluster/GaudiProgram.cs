using System.Collections.Immutable;
using System.Diagnostics;

namespace Gaudi.Tests.Cluster;

/// <summary>Runs the real program `gaudi` to its end.</summary>
internal static class GaudiProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The program as it is built, in its own folder: beside the tests it would find the tests' plugins too.</summary>
    internal static string Path { get; } = System.IO.Path.Combine(
        Layering.SourceTree.Root, "Gaudi.Cluster", System.IO.Path.GetRelativePath(
            System.IO.Path.Combine(Layering.SourceTree.Root, "Gaudi.Tests"), AppContext.BaseDirectory), "gaudi");

    /// <summary>What a run gave.</summary>
    /// <param name="Pid">Of the program that has ended.</param>
    /// <param name="ExitCode">What it returned.</param>
    /// <param name="Output">Its standard output.</param>
    /// <param name="Error">Its standard error.</param>
    internal sealed record Outcome(int Pid, int ExitCode, string Output, string Error);

    /// <summary>Runs a verb; kills it with everything it started when it does not end in time.</summary>
    internal static Task<Outcome> RunAsync(params string[] arguments) => RunAsync(ImmutableDictionary<string, string>.Empty, arguments);

    /// <summary>Runs a verb with variables added to its environment.</summary>
    internal static Task<Outcome> RunAsync(IReadOnlyDictionary<string, string> environment, string[] arguments) =>
        RunAsync(Start(environment, arguments));

    /// <summary>Runs a verb of a program that lies elsewhere.</summary>
    internal static Task<Outcome> RunOtherAsync(string path, params string[] arguments)
    {
        var start = Start(ImmutableDictionary<string, string>.Empty, arguments);
        start.FileName = path;
        return RunAsync(start);
    }

    private static async Task<Outcome> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return new Outcome(process.Id, process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>How a test starts the program: piped, and with nothing of the developer's own settings.</summary>
    internal static ProcessStartInfo Start(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new[] { "VLLM_PLUGINS", "GAUDI_PLUGIN_PATH", "PT_HPU_LAZY_MODE" })
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }
}
