using System.Runtime.InteropServices;

namespace Gaudi.Cluster.Node;

/// <summary>
/// What signals mean to a worker. A terminal or a service manager sends them to every process of a service at once; what
/// they mean is the node's decision, so a worker gives it time to say so.
/// </summary>
internal sealed class WorkerSignals : IDisposable
{
    private const int TerminatedExitCode = 128 + 15;

    private readonly PosixSignalRegistration[] _registrations;
    private TimeSpan _grace;
    private volatile bool _isHeld;

    /// <summary>What the node writes to a worker that is to stay until its input ends.</summary>
    internal const string HoldLine = "hold";

    internal WorkerSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, LeaveSoon),
    ];

    /// <summary>The node's time to decide. None until the node has said how long: a worker without a task just leaves.</summary>
    internal TimeSpan Grace
    {
        set => _grace = value;
    }

    /// <summary>The node has decided: this worker stays until the node lets it go.</summary>
    internal void Hold() => _isHeld = true;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    // Where the node says nothing, somebody means this worker alone: it leaves, and its node starts another.
    private void LeaveSoon(PosixSignalContext context)
    {
        context.Cancel = true;
        _ = LeaveUnlessHeldAsync();
    }

    private async Task LeaveUnlessHeldAsync()
    {
        await Task.Delay(_grace).ConfigureAwait(false);
        if (!_isHeld)
            Environment.Exit(TerminatedExitCode);
    }
}
