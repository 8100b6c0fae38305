namespace Gaudi.Actors.Protocols.Reports;

/// <summary>The digest of one worker's op table.</summary>
public sealed record WorkerDigest(int Pid, string Digest);
