using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Devices;

/// <summary>What a node's people should see: everything that changes what can be served.</summary>
public abstract record NodeEvent
{
    /// <summary>A worker was started.</summary>
    /// <param name="CardIndex">Its card.</param>
    /// <param name="Incarnation">Which start of it, from 1.</param>
    public sealed record WorkerStarted(int CardIndex, long Incarnation) : NodeEvent;

    /// <summary>A worker finished its handshake.</summary>
    public sealed record WorkerJoined(WorkerReady Worker) : NodeEvent;

    /// <summary>A worker could not start, or ended.</summary>
    /// <param name="CardIndex">Its card.</param>
    /// <param name="Reason">One sentence.</param>
    /// <param name="IsFinal">True when it is not started again.</param>
    public sealed record WorkerLost(int CardIndex, string Reason, bool IsFinal) : NodeEvent
    {
        /// <summary>How its process ended; null where that is not known.</summary>
        public WorkerExit? Exit { get; init; }
    }

    /// <summary>A card was taken out of use on purpose.</summary>
    /// <param name="CardIndex">Which.</param>
    /// <param name="State">restarting or draining.</param>
    /// <param name="Reason">For people.</param>
    public sealed record CardTakenOut(int CardIndex, string State, string Reason) : NodeEvent;

    /// <summary>A group changed.</summary>
    public sealed record GroupChanged(ReplicaStatus Status) : NodeEvent;

    /// <summary>A request is never tried again.</summary>
    public sealed record RequestQuarantined(string RequestId, string Reason) : NodeEvent;

    /// <summary>Another node is a member now.</summary>
    public sealed record NodeJoined(string Node) : NodeEvent;

    /// <summary>Another node is a member no more.</summary>
    public sealed record NodeLeft(string Node) : NodeEvent;

    /// <summary>The cluster put this node out.</summary>
    public sealed record PutOut : NodeEvent;

    /// <summary>This node takes no new request.</summary>
    /// <param name="RequestCount">Accepted ones that run.</param>
    public sealed record DrainBegun(int RequestCount) : NodeEvent;

    /// <summary>The drain is over.</summary>
    /// <param name="LeftCount">Requests that had no end in time.</param>
    public sealed record DrainEnded(int LeftCount) : NodeEvent;

    /// <summary>A rolling restart, or the drain of a node, goes on.</summary>
    /// <param name="Kind">restart or drain.</param>
    /// <param name="Reason">What it does, or why it stopped.</param>
    /// <param name="Outcome">running, done or failed.</param>
    public sealed record AdministrationWent(string Kind, string Reason, string Outcome) : NodeEvent;
}
