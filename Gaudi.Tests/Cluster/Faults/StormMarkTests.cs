using System.Diagnostics;
using Gaudi.Tests.Storm;
using Xunit;

namespace Gaudi.Tests.Cluster.Faults;

/// <summary>A storm finds and ends what it started, grandchildren and stopped processes too, and nothing else.</summary>
public sealed class StormMarkTests
{
    [Fact]
    public async Task Marked_processes_are_found_and_ended_and_others_live()
    {
        var mark = new StormMark($"{Environment.ProcessId}-mark");
        using var shell = Start(mark.Value, "bash", "-c", "sleep 600 & wait");
        using var other = Start(mark.Value + "-other", "sleep", "600");
        try
        {
            var found = await Eventually.ReadAsync(
                () => Task.FromResult(mark.LivingPids()), pids => pids.Length == 2, TimeSpan.FromSeconds(20));
            Assert.Contains(shell.Id, found);
            Storm.Signals.Send(found[^1], Storm.Signals.Stop);
            Assert.Equal(found, mark.KillAll());
            Assert.Empty(mark.LivingPids());
            await shell.WaitForExitAsync();
            Assert.False(other.HasExited);
        }
        finally
        {
            mark.KillAll();
            other.Kill();
            await other.WaitForExitAsync();
        }
    }

    private static Process Start(string mark, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        start.Environment[StormMark.Name] = mark;
        return Process.Start(start)!;
    }
}
