using System.Runtime.InteropServices;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Turns SIGINT, SIGTERM and SIGHUP into one request to stop. A second signal stops waiting and leaves at once, with the exit
/// code it would have by itself.
/// </summary>
/// <remarks>Leaving at once still leaves no worker behind: the kernel kills them with us (<see cref="ParentTie"/>).</remarks>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signalCount;

    internal StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Ask(context, ExitCodes.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Ask(context, ExitCodes.Done)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Ask(context, ExitCodes.Done)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    internal CancellationToken Token => _stop.Token;

    /// <summary>What to return after stopping; null while no signal came.</summary>
    internal int? ExitCode { get; private set; }

    /// <summary>Does the work until it ends or a signal comes, and waits for its cleaning up.</summary>
    /// <param name="work">Throws <see cref="OperationCanceledException"/> when its token asks it to stop.</param>
    /// <returns>The exit code: 0 when the work ended by itself, else what the signal means.</returns>
    internal async Task<int> RunAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(Token).ConfigureAwait(false);
            return ExitCode ?? ExitCodes.Done;
        }
        catch (OperationCanceledException) when (ExitCode is not null)
        {
            return ExitCode.Value;
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Ask(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signalCount) > 1)
            Environment.Exit(exitCode);
        ExitCode = exitCode;
        _stop.Cancel();
    }
}
