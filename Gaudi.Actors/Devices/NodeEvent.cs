using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Devices;

/// <summary>What a node's people should see.</summary>
public abstract record NodeEvent
{
    /// <summary>A worker finished its handshake.</summary>
    public sealed record WorkerJoined(WorkerReady Worker) : NodeEvent;

    /// <summary>A worker could not start, or ended.</summary>
    /// <param name="CardIndex">Its card.</param>
    /// <param name="Reason">One sentence.</param>
    /// <param name="IsFinal">True when it is not started again.</param>
    public sealed record WorkerLost(int CardIndex, string Reason, bool IsFinal) : NodeEvent;

    /// <summary>A group changed.</summary>
    public sealed record GroupChanged(ReplicaStatus Status) : NodeEvent;
}
