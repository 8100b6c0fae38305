using System.Collections.Immutable;
using Gaudi.Actors.Devices;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

/// <summary>Real worker processes: none outlives what it is tied to, whatever state it is in.</summary>
[Collection(ProcessTests.Name)]
public sealed class WorkerLauncherTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LineLog _log = new();
    private readonly TaskCompletionSource<WorkerExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkerLauncher _launcher = null!;

    public Task InitializeAsync()
    {
        _launcher = Launcher(GaudiProgram.Path);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _launcher.DisposeAsync();

    [Fact]
    public async Task Worker_runs_and_its_lines_carry_its_card()
    {
        var worker = await LaunchAsync(card: 3);
        Assert.Contains(_log.Lines, line => line.StartsWith("[card 3] ", StringComparison.Ordinal));
        Assert.Equal([worker.Pid], _launcher.LivingPids);
    }

    [Fact]
    public async Task Stop_ends_a_worker_by_closing_its_input()
    {
        var worker = await LaunchAsync();
        worker.Stop();
        var exit = await _exit.Task.WaitAsync(Patience);
        Assert.Equal((worker.Pid, 0, (int?)null), (exit.Pid, exit.ExitCode, exit.Signal));
        Assert.Empty(_launcher.LivingPids);
    }

    [Fact]
    public async Task Stop_kills_after_the_grace_a_worker_that_is_stopped_by_SIGSTOP()
    {
        var worker = await LaunchAsync();
        Signals.Send(worker.Pid, Signals.Stop);
        worker.Stop();
        Assert.Equal(Signals.Kill, (await _exit.Task.WaitAsync(Patience)).Signal);
    }

    [Fact]
    public async Task Kill_reports_the_signal_and_the_last_error_lines()
    {
        var worker = await LaunchAsync();
        worker.Kill();
        var exit = await _exit.Task.WaitAsync(Patience);
        Assert.Equal((null, Signals.Kill), (exit.ExitCode, exit.Signal));
        Assert.NotEmpty(exit.LastErrorLines);
    }

    [Fact]
    public async Task Worker_ignores_the_interrupt_of_the_terminal()
    {
        var worker = await LaunchAsync();
        Signals.Send(worker.Pid, Signals.Interrupt);
        worker.Stop();
        var exit = await _exit.Task.WaitAsync(Patience);
        Assert.Equal((0, null), (exit.ExitCode, exit.Signal));
    }

    [Fact]
    public async Task Kernel_kills_a_stopped_worker_when_the_thread_that_started_it_is_gone()
    {
        var worker = await LaunchAsync();
        Signals.Send(worker.Pid, Signals.Stop);
        _launcher.EndSpawnThread();
        Assert.Equal(Signals.Kill, (await _exit.Task.WaitAsync(Patience)).Signal);
        Assert.False(Signals.IsAlive(worker.Pid));
    }

    [Fact]
    public async Task Disposing_leaves_no_worker_and_starts_no_more()
    {
        var worker = await LaunchAsync();
        await _launcher.DisposeAsync();
        Assert.False(Signals.IsAlive(worker.Pid));
        Assert.True(_exit.Task.IsCompletedSuccessfully);

        var refused = new TaskCompletionSource<WorkerExit>();
        Assert.Equal(0, _launcher.Launch(Launch(card: 0), refused.SetResult).Pid);
        Assert.Equal("the node is stopping", (await refused.Task.WaitAsync(Patience)).LastErrorLines);
    }

    [Fact]
    public async Task A_program_that_is_missing_is_an_exit_with_the_reason()
    {
        await using var launcher = Launcher("/no/such/program");
        Assert.Equal(0, launcher.Launch(Launch(card: 0), _exit.SetResult).Pid);
        var exit = await _exit.Task.WaitAsync(Patience);
        Assert.Equal((0, null, null), (exit.Pid, exit.ExitCode, exit.Signal));
        Assert.Contains("/no/such/program", exit.LastErrorLines, StringComparison.Ordinal);
    }

    private WorkerLauncher Launcher(string program) =>
        new(
        new WorkerLauncherSettings(program, Settings: "", ThreadCount: 1, StopGrace: TimeSpan.FromSeconds(2), _log), TimeProvider.System);

    private async Task<IWorkerProcess> LaunchAsync(int card = 0)
    {
        var ready = _log.WaitFor(line => line.EndsWith(" runs", StringComparison.Ordinal));
        var worker = _launcher.Launch(Launch(card), _exit.SetResult);
        await ready.WaitAsync(Patience);
        return worker;
    }

    private static WorkerLaunch Launch(int card) =>
        new(card, 1, "token", "akka.tcp://gaudi@127.0.0.1:1/user/devices", ImmutableDictionary<string, string>.Empty);
}
