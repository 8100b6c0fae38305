namespace Gaudi.Actors.Requests;

/// <summary>Choices that are never tried again, with what they are answered. The oldest make room. One thread.</summary>
internal sealed class Quarantine(int keptMax)
{
    private readonly Dictionary<(string RequestId, int Choice), string> _reasons = [];
    private readonly Queue<(string RequestId, int Choice)> _order = [];

    /// <summary>Takes one in.</summary>
    internal void Add((string RequestId, int Choice) key, string reason)
    {
        if (!_reasons.TryAdd(key, reason))
            return;
        _order.Enqueue(key);
        while (_order.Count > keptMax)
            _reasons.Remove(_order.Dequeue());
    }

    /// <summary>What it is answered; null for one that may be tried.</summary>
    internal string? Find((string RequestId, int Choice) key) => _reasons.GetValueOrDefault(key);
}
