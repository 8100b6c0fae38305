using System.Collections.Immutable;
using Gaudi.Hpu.Ops;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>The ops of a group of workers. In JSON as `gaudi ops --json` shows it.</summary>
/// <param name="Digest">Of the sealed registry; the workers of a group have the same.</param>
/// <param name="Workers">By process id.</param>
/// <param name="Ops">By name, in ordinal order; calls are summed over the workers.</param>
public sealed record OpsReport(string Digest, ImmutableArray<WorkerDigest> Workers, ImmutableArray<OpReportRow> Ops);
