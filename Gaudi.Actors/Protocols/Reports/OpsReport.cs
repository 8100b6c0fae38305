using System.Collections.Immutable;
using Gaudi.Hpu.Ops;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>The ops of the server.</summary>
public sealed record OpsReport(string Digest, ImmutableArray<WorkerDigest> Workers, ImmutableArray<OpReportRow> Ops);
