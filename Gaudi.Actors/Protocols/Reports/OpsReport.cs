using System.Collections.Immutable;
using Gaudi.Hpu.Ops;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>GET /v1/ops and `gaudi ops --json`.</summary>
public sealed record OpsReport(string Digest, ImmutableArray<WorkerDigest> Workers, ImmutableArray<OpReportRow> Ops);
