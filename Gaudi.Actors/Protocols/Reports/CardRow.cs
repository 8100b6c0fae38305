namespace Gaudi.Actors.Protocols.Reports;

/// <summary>A card: a row of GET /v1/cards and of `gaudi cards --json`.</summary>
public sealed record CardRow(
    string Node, int Card, string Generation, bool Simulated, string State, int? WorkerPid, int? Rank, string? Group,
    long? Epoch, long MemoryBytes, long UsedBytes, string? Digest);
