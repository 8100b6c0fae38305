using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>A histogram at one moment.</summary>
/// <param name="Bounds">The largest value of each range, ascending.</param>
/// <param name="Counts">Values of each range alone; one more than bounds.</param>
/// <param name="Sum">Of all values.</param>
internal sealed record HistogramValues(ImmutableArray<double> Bounds, ImmutableArray<long> Counts, double Sum);
