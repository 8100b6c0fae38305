using System.Diagnostics;
using Xunit;

namespace Gaudi.Tests.Simulating;

public sealed class DeterminismTests
{
    [Fact]
    public async Task Same_seed_has_the_same_trace_in_two_processes_and_another_seed_another_one()
    {
        var (first, again, other) = (await DigestAsync(7), await DigestAsync(7), await DigestAsync(8));
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Matches("^trace sha256 [0-9a-f]{64}$", first);
    }

    private static async Task<string> DigestAsync(int seed)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])
            [
                Path.Combine(AppContext.BaseDirectory, "gaudi-simulate.dll"), Path.Combine(Preset.Folder, "irregular.conf"),
                "--seed", $"{seed}",
                "--seconds", "10", "--faults", "8",
            ])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var lines = (await process.StandardOutput.ReadToEndAsync()).Trim().Split('\n');
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, string.Join('\n', lines));
        return lines[^1];
    }
}
