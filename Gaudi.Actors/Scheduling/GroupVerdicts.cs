using Gaudi.Actors.Requests;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Lets a request's choices into a queue together: the first that comes needs room for all, and the others hear what it
/// heard, whatever the queue has become. One thread.
/// </summary>
internal sealed class GroupVerdicts
{
    // Choices of one request follow each other closely: no request has so many others between its own.
    private const int KeptMax = 256;

    private readonly Dictionary<string, bool> _verdicts = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];

    /// <summary>Whether a choice is let in.</summary>
    /// <param name="group">Its request's choices; null when it is the only one.</param>
    /// <param name="room">Choices the queue has room for now.</param>
    internal bool Admits(ChoiceGroup? group, int room)
    {
        if (group is null)
            return room >= 1;
        if (_verdicts.TryGetValue(group.Id, out var known))
            return known;
        if (_order.Count == KeptMax)
            _verdicts.Remove(_order.Dequeue());
        _order.Enqueue(group.Id);
        return _verdicts[group.Id] = room >= group.Size;
    }
}
