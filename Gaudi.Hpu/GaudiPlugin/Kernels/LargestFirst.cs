namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The largest values seen so far, the largest first, of equal ones the one that came first: one pass over any number of
/// values keeps the best in order.
/// </summary>
/// <param name="places">Filled with where they are.</param>
/// <param name="values">As long as places; filled with what they are.</param>
internal ref struct LargestFirst(Span<long> places, Span<float> values)
{
    private readonly Span<long> _places = places;
    private readonly Span<float> _values = values;
    private int _count;

    /// <summary>Whether as many values have come as are kept.</summary>
    public readonly bool IsFull => _count == _places.Length;

    /// <summary>Takes a value in if it is among the largest.</summary>
    /// <param name="place">Rising from call to call.</param>
    /// <param name="value">No NaN.</param>
    public void Offer(long place, float value)
    {
        if (IsFull && !(value > _values[^1]))
            return;
        var at = IsFull ? _count - 1 : _count++;
        for (; at > 0 && value > _values[at - 1]; at--)
        {
            _values[at] = _values[at - 1];
            _places[at] = _places[at - 1];
        }
        _values[at] = value;
        _places[at] = place;
    }
}
