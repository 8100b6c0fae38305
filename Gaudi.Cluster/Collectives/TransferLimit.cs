using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>Resets a connection whose work is not done in time, until it is disposed: a peer that drips is never silent.</summary>
internal sealed class TransferLimit : IDisposable
{
    // What any network between cards carries many times over.
    private const double BytesPerStallTimeout = 4 << 20;

    private const double TimerMillisecondsMax = uint.MaxValue - 1;

    private readonly ITimer _timer;
    private volatile bool _isOver;

    /// <summary>Begins now.</summary>
    /// <param name="socket">Reset when the time is over.</param>
    /// <param name="time">How long the work may take.</param>
    /// <param name="clock">Measures it.</param>
    public TransferLimit(Socket socket, TimeSpan time, TimeProvider clock)
    {
        Time = time;
        _timer = clock.CreateTimer(
            _ =>
            {
                _isOver = true;
                TransferWire.Reset(socket);
            },
            null, time, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long the work may take.</summary>
    public TimeSpan Time { get; }

    /// <summary>Whether the time is over.</summary>
    public bool IsOver => _isOver;

    /// <summary>One stall timeout, another for each 4 MiB, and twice what the lane's own limit of bytes a second makes of them.</summary>
    public static TimeSpan TimeOf(TransferLaneSettings settings, double bytes)
    {
        var stalls = 1 + (Math.Max(0, bytes) / BytesPerStallTimeout);
        var paced = settings.BytesPerSecond > 0 ? 2 * Math.Max(0, bytes) / settings.BytesPerSecond : 0;
        return TimeSpan.FromMilliseconds(
            Math.Min(TimerMillisecondsMax, (stalls * settings.StallTimeout.TotalMilliseconds) + (1000 * paced)));
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();
}
