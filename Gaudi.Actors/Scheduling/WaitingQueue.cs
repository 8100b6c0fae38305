using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// The choices that wait. First come, first served, where one that comes back goes to the front; or by priority, then
/// arrival, wherever it comes from.
/// </summary>
internal sealed class WaitingQueue(SchedulingPolicy policy)
{
    private readonly List<Sequence> _sequences = [];

    internal int Count => _sequences.Count;

    internal Sequence this[int index] => _sequences[index];

    internal IReadOnlyList<Sequence> All => _sequences;

    /// <summary>Puts a new choice in.</summary>
    internal void Add(Sequence sequence) => _sequences.Insert(Place(sequence, _sequences.Count), sequence);

    /// <summary>Puts a choice back that ran already (rule S7).</summary>
    internal void Return(Sequence sequence) => _sequences.Insert(Place(sequence, 0), sequence);

    internal bool Remove(Sequence sequence) => _sequences.Remove(sequence);

    internal void RemoveAt(int index) => _sequences.RemoveAt(index);

    private int Place(Sequence sequence, int underFcfs)
    {
        if (policy == SchedulingPolicy.Fcfs)
            return underFcfs;
        var place = _sequences.FindIndex(other => PriorityOrder.Instance.Compare(other, sequence) > 0);
        return place < 0 ? _sequences.Count : place;
    }
}
