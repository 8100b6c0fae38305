namespace Gaudi.Actors.Protocols.Reports;

/// <summary>The digest of one worker.</summary>
public sealed record WorkerDigest(int Pid, string Digest);
