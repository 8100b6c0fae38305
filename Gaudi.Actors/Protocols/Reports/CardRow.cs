namespace Gaudi.Actors.Protocols.Reports;

/// <summary>One card of one node. In JSON as `gaudi cards --json` shows it.</summary>
/// <param name="Node">The machine's node, by address.</param>
/// <param name="Card">Index on the machine.</param>
/// <param name="Generation">Such as `gaudi2`.</param>
/// <param name="Simulated">True when libtorch on the CPU stands in for it.</param>
/// <param name="State">starting, ready, preparing, prepared, serving, spare, silent, restarting, draining, failed or quarantined.</param>
/// <param name="WorkerPid">Null while no worker runs.</param>
/// <param name="Rank">In the group; null outside one.</param>
/// <param name="Group">`model/replica`; null outside one.</param>
/// <param name="Epoch">Of the group; null outside one.</param>
/// <param name="MemoryBytes">Of the card. Unit: bytes.</param>
/// <param name="UsedBytes">Under leases. Unit: bytes.</param>
/// <param name="Digest">Of the worker's op registry; null before it is sealed.</param>
public sealed record CardRow(
    string Node, int Card, string Generation, bool Simulated, string State, int? WorkerPid, int? Rank, string? Group,
    long? Epoch, long MemoryBytes, long UsedBytes, string? Digest)
{
    /// <summary>Why it is not ready; empty when it is.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Which start of its worker this is; 0 where none was.</summary>
    public long Incarnation { get; init; }

    /// <summary>Starts of its worker after the first.</summary>
    public long Restarts { get; init; }

    /// <summary>How its worker ended the last time; null when it never did.</summary>
    public string? LastExit { get; init; }
}
