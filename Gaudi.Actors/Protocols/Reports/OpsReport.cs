using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>The ops of the server.</summary>
public sealed record OpsReport(string Digest, ImmutableArray<WorkerDigest> Workers, ImmutableArray<OpRow> Ops);
