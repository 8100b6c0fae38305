namespace Gaudi.Actors.Requests;

/// <summary>How a replica is, as a gateway sees it; the better first.</summary>
internal enum ReplicaHealth
{
    /// <summary>It takes part in steps.</summary>
    Serving,

    /// <summary>Nothing has been heard of it yet.</summary>
    Unknown,

    /// <summary>Its ranks load the model.</summary>
    Forming,

    /// <summary>It waits for cards, and keeps what it has.</summary>
    Degraded,

    /// <summary>It has not answered for long: its node may be dead.</summary>
    Silent,

    /// <summary>Waiting for it cannot help.</summary>
    Ended,
}
