using Gaudi.Hpu;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Which adapter lies in which slot of the ranks. One that nobody runs stays until its slot is needed, the longest unused first.
/// The same calls give the same slots.
/// </summary>
/// <param name="slotCount">Adapters that may run at once.</param>
internal sealed class LoraSlots(int slotCount)
{
    private readonly string?[] _held = new string?[slotCount];
    private readonly long[] _taken = new long[slotCount];
    private long _count;

    /// <summary>The slot of an adapter, from 1: its own, an empty one, or that of one that nobody runs.</summary>
    /// <param name="id">Of the adapter.</param>
    /// <param name="isRunning">Whether a running choice uses an adapter.</param>
    internal int Take(string id, Func<string, bool> isRunning)
    {
        var slot = Array.IndexOf(_held, id);
        if (slot < 0)
            slot = Array.IndexOf(_held, null);
        if (slot < 0)
            slot = Enumerable.Range(0, slotCount).Where(one => !isRunning(_held[one]!)).OrderBy(one => _taken[one]).FirstOrDefault(-1);
        Invariant.That(slot >= 0, $"adapter {id} was to run beside {slotCount} others"); // S19
        (_held[slot], _taken[slot]) = (id, ++_count);
        return slot + 1;
    }
}
