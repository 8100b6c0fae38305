using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

/// <summary>Real worker processes: none outlives what it is tied to, whatever state it is in.</summary>
[Collection(ProcessTests.Name)]
public sealed class WorkerLauncherTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LineLog _log = new();
    private readonly TcpListener _node = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource<WorkerExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkerLauncher _launcher = null!;

    public Task InitializeAsync()
    {
        _node.Start();
        _launcher = Launcher(GaudiProgram.Path);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _launcher.DisposeAsync();
        _node.Dispose();
    }

    [Fact]
    public async Task Worker_calls_its_node_and_is_listed_while_it_lives()
    {
        var worker = await LaunchAsync();
        Assert.Equal([worker.Pid], _launcher.LivingPids);
    }

    [Fact]
    public async Task An_exit_has_the_code_and_the_reason_which_is_told_nowhere_else()
    {
        await using var launcher = Launcher(GaudiProgram.Path, settings: "gaudi.colour = blue");
        var worker = launcher.Launch(Launch(card: 3), _exit.SetResult);
        var exit = await _exit.Task.WaitAsync(Patience);
        Assert.Equal((worker.Pid, 1, (int?)null), (exit.Pid, exit.ExitCode, exit.Signal));
        Assert.Contains("gaudi.colour", exit.LastErrorLines, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exit.LastErrorLines);
        Assert.Empty(_log.Lines);
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
        await using var launcher = Launcher(GaudiProgram.Path, stopGraceMs: 200);
        var worker = await LaunchAsync(launcher);
        Signals.Send(worker.Pid, Signals.Stop);
        worker.Stop();
        Assert.Equal(Signals.Kill, (await _exit.Task.WaitAsync(Patience)).Signal);
    }

    [Fact]
    public async Task Kill_reports_the_signal()
    {
        var worker = await LaunchAsync();
        worker.Kill();
        var exit = await _exit.Task.WaitAsync(Patience);
        Assert.Equal((worker.Pid, (int?)null, Signals.Kill), (exit.Pid, exit.ExitCode, exit.Signal));
    }

    [Fact]
    public async Task A_worker_that_is_terminated_alone_leaves_and_reports_the_signal()
    {
        var worker = await LaunchAsync();
        Signals.Send(worker.Pid, Signals.Terminate);
        Assert.Equal(Signals.Terminate, (await _exit.Task.WaitAsync(Patience)).Signal);
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

    [Fact]
    public async Task Worker_inherits_the_environment_without_the_servers_key()
    {
        const string Other = "GAUDI_TEST_INHERITED";
        Environment.SetEnvironmentVariable(ProcessEnvironment.ApiKeyName, "secret-key");
        Environment.SetEnvironmentVariable(Other, "seen");
        try
        {
            var worker = await LaunchAsync();
            var inherited = (await File.ReadAllTextAsync($"/proc/{worker.Pid}/environ")).Split('\0');
            Assert.Contains($"{Other}=seen", inherited);
            Assert.DoesNotContain(inherited, entry => entry.Contains("secret-key", StringComparison.Ordinal));
            Assert.DoesNotContain(inherited, entry => entry.StartsWith(ProcessEnvironment.ApiKeyName, StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable(ProcessEnvironment.ApiKeyName, null);
            Environment.SetEnvironmentVariable(Other, null);
        }
    }

    private WorkerLauncher Launcher(string program, string settings = "", int stopGraceMs = 5000) => new(
        new WorkerLauncherSettings(program, settings, ThreadCount: 1, StopGrace: TimeSpan.FromMilliseconds(stopGraceMs), LastWords: Patience,
            SignalGrace: TimeSpan.FromMilliseconds(100), _log), TimeProvider.System);

    // A worker that has called its node has tied itself to it before.
    private async Task<IWorkerProcess> LaunchAsync(WorkerLauncher? launcher = null)
    {
        var worker = (launcher ?? _launcher).Launch(Launch(card: 0), _exit.SetResult);
        using var call = await _node.AcceptTcpClientAsync().WaitAsync(Patience);
        return worker;
    }

    private WorkerLaunch Launch(int card) => new(
        card, 1, "token", $"akka.tcp://gaudi@{_node.LocalEndpoint}/user/devices", ImmutableDictionary<string, string>.Empty);
}
