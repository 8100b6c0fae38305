using System.Diagnostics;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>A client that is a program of its own. It does not outlive the wait for it.</summary>
internal static class ClientProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    internal static async Task<(int Code, string Output, string Error)> RunAsync(string program, string[] arguments, string? folder = null)
    {
        using var process = Start(program, arguments, folder);
        try
        {
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(Patience);
            await process.WaitForExitAsync().WaitAsync(Patience);
            return (process.ExitCode, said[0], said[1]);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Starts it; the caller ends it.</summary>
    internal static Process Start(string program, string[] arguments, string? folder = null) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? "", RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
}
