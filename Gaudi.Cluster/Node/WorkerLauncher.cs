using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Node;

/// <summary>Starts worker processes and sees to it that none outlives the node. Any thread.</summary>
/// <remarks>
/// Three ties hold a worker to its node: its standard input ends with the node; the kernel kills it when the spawning
/// thread is gone, even when it is stopped by SIGSTOP; and <see cref="DisposeAsync"/> asks, then kills.
/// </remarks>
internal sealed class WorkerLauncher(WorkerLauncherSettings settings, TimeProvider time) : IWorkerLauncher, IAsyncDisposable
{
    private readonly SpawnThread _spawner = new();
    private readonly Dictionary<int, (WorkerProcess Process, Task Reported)> _living = [];
    private bool _isDisposed;

    /// <summary>Process ids of the workers that live, ascending.</summary>
    internal int[] LivingPids
    {
        get
        {
            lock (_living)
                return [.. _living.Keys.Order()];
        }
    }

    public IWorkerProcess Launch(WorkerLaunch launch, Action<WorkerExit> exited)
    {
        lock (_living)
        {
            if (_isDisposed)
                return Refuse("the node is stopping", exited);
            try
            {
                var worker = Take(launch, _spawner.Run(() => Start(launch)));
                // The report waits for the lock, so the worker is in the list before it can be taken out.
                _living.Add(worker.Pid, (worker, Task.Run(() => ReportAsync(worker, exited))));
                return worker;
            }
            catch (Win32Exception problem)
            {
                return Refuse($"could not start `{settings.Program}`: {problem.Message}", exited);
            }
        }
    }

    /// <summary>Tells every worker to stay until it is let go, whatever signal reaches it.</summary>
    internal void Hold()
    {
        lock (_living)
        {
            foreach (var (process, _) in _living.Values)
                process.Hold();
        }
    }

    /// <summary>Asks every worker to leave, kills those that stay, and returns when none is left.</summary>
    public async ValueTask DisposeAsync()
    {
        (WorkerProcess Process, Task Reported)[] workers;
        lock (_living)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            workers = [.. _living.Values];
        }
        foreach (var (process, _) in workers)
            process.Stop();
        await Task.WhenAll(workers.Select(worker => worker.Reported)).ConfigureAwait(false);
        _spawner.Dispose();
    }

    /// <summary>What the kernel sees when the node dies; for the test of it.</summary>
    internal void EndSpawnThread() => _spawner.Dispose();

    private WorkerProcess Take(WorkerLaunch launch, Process process) => new(
        process,
        new WorkerStart(
            launch.CardIndex, launch.Incarnation, launch.Token, launch.NodeRef, settings.Settings, settings.SignalGrace).ToLine(),
        string.Create(CultureInfo.InvariantCulture, $"[card {launch.CardIndex}] "), settings.Log, settings.StopGrace,
        settings.LastWords, time);

    private Process Start(WorkerLaunch launch)
    {
        var start = new ProcessStartInfo(settings.Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(WorkerArguments.Verb);
        foreach (var argument in new WorkerArguments(Environment.ProcessId, launch.CardIndex).ToArguments())
            start.ArgumentList.Add(argument);
        start.Environment.TryAdd("OMP_NUM_THREADS", settings.ThreadCount.ToString(CultureInfo.InvariantCulture));
        // Waiting threads of libgomp spin for a while by default, and take the processor from another worker's.
        start.Environment.TryAdd("GOMP_SPINCOUNT", "0");
        // The key is the server's: no worker answers clients, and plugins run in workers.
        start.Environment.Remove(ProcessEnvironment.ApiKeyName);
        foreach (var (name, value) in launch.Environment)
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new Win32Exception("the system started nothing");
    }

    private async Task ReportAsync(WorkerProcess worker, Action<WorkerExit> exited)
    {
        var exit = await worker.WaitForExitAsync().ConfigureAwait(false);
        lock (_living)
            _living.Remove(worker.Pid);
        worker.Dispose();
        exited(exit);
    }

    private static NoProcess Refuse(string why, Action<WorkerExit> exited)
    {
        // On another thread, as every report: the caller may hold a lock.
        Task.Run(() => exited(new WorkerExit(Pid: 0, ExitCode: null, Signal: null, why)));
        return new NoProcess();
    }

    private sealed class NoProcess : IWorkerProcess
    {
        public int Pid => 0;

        public void Stop()
        {
        }

        public void Kill()
        {
        }
    }
}
