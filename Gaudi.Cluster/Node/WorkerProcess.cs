using System.Diagnostics;
using Gaudi.Actors.Devices;

namespace Gaudi.Cluster.Node;

/// <summary>One worker process: its pipes, its end. Any thread.</summary>
internal sealed class WorkerProcess : IWorkerProcess, IDisposable
{
    /// <summary>Lines of standard error kept for the exit report.</summary>
    internal const int KeptErrorLineCount = 20;

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly TimeSpan _stopGrace;
    private readonly TimeSpan _lastWords;
    private readonly LineRelay _errors;
    private readonly Task _output;
    private readonly TaskCompletionSource _exitSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _killTimer;
    private int _isStopping;

    /// <summary>Takes over a started process.</summary>
    /// <param name="process">Started, with all three streams redirected.</param>
    /// <param name="input">The line the worker reads first; its standard input stays open after it.</param>
    /// <param name="linePrefix">Put before each relayed line.</param>
    /// <param name="log">Where the worker's lines go.</param>
    /// <param name="stopGrace">How long <see cref="Stop"/> waits before it kills.</param>
    /// <param name="lastWords">How long the output of an ended process is waited for.</param>
    /// <param name="time">Owner of both.</param>
    internal WorkerProcess(
        Process process, string input, string linePrefix, TextWriter log, TimeSpan stopGrace, TimeSpan lastWords,
        TimeProvider time)
    {
        _process = process;
        _time = time;
        _stopGrace = stopGrace;
        _lastWords = lastWords;
        Pid = process.Id;
        _errors = new LineRelay(linePrefix, log, KeptErrorLineCount);
        _output = Task.WhenAll(
            _errors.CopyAsync(process.StandardError),
            new LineRelay(linePrefix, log, keptLineCount: 0).CopyAsync(process.StandardOutput));
        process.Exited += (_, _) => _exitSeen.TrySetResult();
        process.EnableRaisingEvents = true;
        WriteLine(input);
    }

    public int Pid { get; }

    /// <summary>Completes when the process is gone and its last words are read.</summary>
    internal async Task<WorkerExit> WaitForExitAsync()
    {
        await _exitSeen.Task.ConfigureAwait(false);
        // A process that died leaves its last words in the pipe. A grandchild might hold the pipe open; nobody waits for it.
        await Task.WhenAny(_output, Task.Delay(_lastWords, _time)).ConfigureAwait(false);
        // .NET reports a death by signal as 128 + signal, as a shell does; workers return codes below 128.
        var code = _process.ExitCode;
        return new WorkerExit(Pid, code > 128 ? null : code, code > 128 ? code - 128 : null, _errors.Last);
    }

    public void Stop()
    {
        if (Interlocked.Exchange(ref _isStopping, 1) == 1)
            return;
        _killTimer = _time.CreateTimer(_ => Kill(), null, _stopGrace, Timeout.InfiniteTimeSpan);
        CloseInput();
    }

    /// <summary>Tells it to stay until its input ends, whatever signal reaches it.</summary>
    internal void Hold()
    {
        if (Volatile.Read(ref _isStopping) == 0)
            WriteLine(WorkerSignals.HoldLine);
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already, which is what was asked for.
        }
    }

    public void Dispose()
    {
        _killTimer?.Dispose();
        _process.Dispose();
    }

    private void WriteLine(string input)
    {
        try
        {
            _process.StandardInput.WriteLine(input);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It died before it read: the exit report tells.
        }
    }

    private void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It died meanwhile: the exit report tells.
        }
    }
}
