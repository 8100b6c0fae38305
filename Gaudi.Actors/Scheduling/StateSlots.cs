using Gaudi.Hpu;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Where the ranks keep the states of sequences that run. A model without states has none, and gives slot 0 to everybody.
/// The lowest free one is taken, so that plans repeat.
/// </summary>
internal sealed class StateSlots(int slotCount)
{
    private readonly SortedSet<int> _free = [.. Enumerable.Range(0, slotCount)];

    /// <summary>Whether the model has states.</summary>
    internal bool AreNeeded => slotCount > 0;

    /// <summary>Whether one more sequence may run.</summary>
    internal bool HasRoom => !AreNeeded || _free.Count > 0;

    /// <summary>Takes the lowest free slot.</summary>
    internal int Take()
    {
        Invariant.That(HasRoom, $"a state was to be kept and all {slotCount} slots are taken");
        if (!AreNeeded)
            return 0;
        var slot = _free.Min;
        _free.Remove(slot);
        return slot;
    }

    /// <summary>Gives a slot back.</summary>
    internal void Release(int slot) =>
        Invariant.That(!AreNeeded || _free.Add(slot), $"state slot {slot} was given back and is free");

    /// <summary>Throws unless the sequences' slots and the free ones are all there are.</summary>
    internal void CheckIntegrity(IEnumerable<int> taken) => Invariant.That(
        !AreNeeded || taken.Concat(_free).Order().SequenceEqual(Enumerable.Range(0, slotCount)),
        $"state slots are lost or taken twice: {_free.Count} of {slotCount} are free");
}
