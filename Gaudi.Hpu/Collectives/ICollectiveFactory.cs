namespace Gaudi.Hpu.Collectives;

/// <summary>A process's way to the data lanes of its groups: one transport, one address at which peers find it.</summary>
public interface ICollectiveFactory
{
    /// <summary>Where peers reach this process; what the group's maker puts into <see cref="GroupAddress.Endpoints"/>.</summary>
    string Endpoint { get; }

    /// <summary>
    /// Joins one rank to its group and returns when every peer is there. Blocks, so it is called from the card's pinned
    /// thread. A higher epoch of the same group ends the lower one in this process.
    /// </summary>
    /// <param name="group">Who takes part. The same on every rank, but for the rank.</param>
    /// <param name="abort">Cancelling it from any thread frees the call in under 100 ms.</param>
    /// <returns>The lane; the caller disposes it.</returns>
    /// <exception cref="CollectiveAbortedException">
    /// Cancelled, the epoch is stale, a peer refused, or the transport's deadline passed; the reason names the missing ranks.
    /// </exception>
    ICollective Connect(GroupAddress group, CancellationToken abort);
}
