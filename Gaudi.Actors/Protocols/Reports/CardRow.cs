namespace Gaudi.Actors.Protocols.Reports;

/// <summary>One card.</summary>
public sealed record CardRow(
    string Node, int Card, string Generation, bool Simulated, string State, int? WorkerPid, int? Rank, string? Group,
    long? Epoch, long MemoryBytes, long UsedBytes, string? Digest);
