namespace Gaudi.Cluster.Http.Metrics;

/// <summary>How values spread over ranges. Any thread.</summary>
/// <param name="bounds">The largest value of each range, ascending; one more range is open.</param>
internal sealed class Histogram(params double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>Counts a value.</summary>
    /// <param name="value">Finite.</param>
    public void Observe(double value)
    {
        var index = Array.FindIndex(bounds, bound => value <= bound);
        lock (_lock)
        {
            _counts[index < 0 ? bounds.Length : index]++;
            _sum += value;
        }
    }

    /// <summary>What was counted so far, all of one moment.</summary>
    public HistogramValues Values
    {
        get
        {
            lock (_lock)
                return new HistogramValues([.. bounds], [.. _counts], _sum);
        }
    }
}
