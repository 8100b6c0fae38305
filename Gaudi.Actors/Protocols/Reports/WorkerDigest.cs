namespace Gaudi.Actors.Protocols.Reports;

/// <summary>The digest of one worker's op registry.</summary>
/// <param name="Pid">The worker's process.</param>
/// <param name="Digest">SHA-256 in hexadecimal digits.</param>
public sealed record WorkerDigest(int Pid, string Digest);
