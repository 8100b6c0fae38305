using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Gaudi.Actors.Devices;

namespace Gaudi.Cluster.Node;

/// <summary>A node's events while it starts. That a group waits for cards is news only when it goes on waiting.</summary>
/// <param name="events">What happens, in order.</param>
/// <param name="patience">How long a wait is no news yet.</param>
/// <param name="time">Measures the going on.</param>
internal sealed class PatientEvents(ChannelReader<NodeEvent> events, TimeSpan patience, TimeProvider time)
{
    /// <summary>Every event, in order; of a row of waits only the last, and only when nothing else comes for a while.</summary>
    internal async IAsyncEnumerable<NodeEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        NodeEvent? wait = null;
        while (true)
        {
            if (wait is not null && !await ComesAsync(cancellation).ConfigureAwait(false))
            {
                yield return wait;
                wait = null;
            }
            if (!await events.WaitToReadAsync(cancellation).ConfigureAwait(false))
                yield break;
            while (events.TryRead(out var happened))
            {
                wait = IsWait(happened) ? happened : wait is not null && happened is NodeEvent.WorkerJoined ? wait : null;
                if (wait != happened)
                    yield return happened;
            }
        }
    }

    private static bool IsWait(NodeEvent happened) =>
        happened is NodeEvent.GroupChanged { Status: { State: "degraded", IsFinal: false } };

    private async Task<bool> ComesAsync(CancellationToken cancellation)
    {
        try
        {
            await events.WaitToReadAsync(cancellation).AsTask().WaitAsync(patience, time, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
