using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops;

/// <summary>Which op is active in a process, from which plugin, and how often it ran.</summary>
/// <param name="Digest">See <see cref="OpTable.Digest"/>.</param>
/// <param name="Ops">Sorted by name, ordinal.</param>
public sealed record OpReport(string Digest, ImmutableArray<OpReportRow> Ops);
