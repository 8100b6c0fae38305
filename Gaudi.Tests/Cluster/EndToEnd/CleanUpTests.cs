using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>However a node ends, none of its processes is left behind.</summary>
[Collection(ProcessTests.Name)]
public sealed class CleanUpTests
{
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(Signals.Interrupt, 130)]
    [InlineData(Signals.Terminate, 0)]
    public async Task A_signal_stops_everything_and_the_exit_code_says_which(int signal, int exitCode)
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo-draft", "-tp", "2");
        var ends = WatchWorkers(server);
        server.Signal(signal);
        Assert.Equal(exitCode, await server.WaitForExitAsync());
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    [Fact]
    public async Task Ctrl_C_of_a_terminal_reaches_the_workers_too_and_still_stops_everything()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo-draft", "-tp", "2");
        var ends = WatchWorkers(server);
        foreach (var process in server.Workers.Append(server.Pid))
            Signals.Send(process, Signals.Interrupt);
        Assert.Equal(130, await server.WaitForExitAsync());
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    [Fact]
    public async Task A_stopped_worker_does_not_keep_the_node_from_stopping()
    {
        await using var server = await ServerProcess.ServeAsync(
            "gaudi-demo-draft", "-tp", "2", "--set", "gaudi.node.worker-stop-timeout-ms=500");
        var ends = WatchWorkers(server);
        Signals.Send(server.Workers[1], Signals.Stop);
        server.Signal(Signals.Interrupt);
        Assert.Equal(130, await server.WaitForExitAsync());
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killing_the_node_ends_its_workers_also_one_that_is_stopped(bool isOneStopped)
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo-draft", "-tp", "2");
        Assert.Equal(2, server.Workers.Count);
        var ends = WatchWorkers(server);
        if (isOneStopped)
            Signals.Send(server.Workers[1], Signals.Stop);
        server.Signal(Signals.Kill);
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    private static Task<bool>[] WatchWorkers(ServerProcess server) =>
        [.. server.Workers.Select(worker => ProcessEnd.Watch(worker, Seconds))];
}
