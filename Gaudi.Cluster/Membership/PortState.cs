namespace Gaudi.Cluster.Membership;

/// <summary>What a port says of the process behind it. One that only pauses still listens.</summary>
internal enum PortState
{
    /// <summary>It accepts connections.</summary>
    Listening,

    /// <summary>The machine answers and nobody listens: the process is gone.</summary>
    Refused,

    /// <summary>Nothing came back: the machine, or the way to it, may be gone.</summary>
    Silent,
}
