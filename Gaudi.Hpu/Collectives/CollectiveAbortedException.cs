namespace Gaudi.Hpu.Collectives;

/// <summary>A collective call ended because its epoch was aborted or a peer was lost.</summary>
/// <param name="epoch">The aborted epoch.</param>
/// <param name="reason">Who aborted it and why.</param>
public sealed class CollectiveAbortedException(long epoch, string reason)
    : Exception($"epoch {epoch} was aborted: {reason}")
{
    /// <summary>The aborted epoch.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>Who aborted it and why.</summary>
    public string Reason { get; } = reason;

    /// <summary>True when a connection broke and nobody had aborted the epoch: a peer may be gone.</summary>
    public bool IsPeerLost { get; init; }
}
