namespace Gaudi.Tests.Simulation.Engine;

/// <summary>
/// The place of an event in the order of all: by time, then by whom it is for and from, so that two events of one moment keep their
/// order though the actor that caused them went through an unordered set.
/// </summary>
/// <param name="At">Unit: ticks of 100 ns since the beginning.</param>
/// <param name="To">Mailbox it is for; 0 for none.</param>
/// <param name="From">Process it comes from; 0 for none.</param>
/// <param name="Number">Counts all events: for one receiver and one sender the order they were made in.</param>
internal readonly record struct EventKey(long At, int To, int From, long Number) : IComparable<EventKey>
{
    public int CompareTo(EventKey other)
    {
        var order = At.CompareTo(other.At);
        if (order != 0)
            return order;
        order = To.CompareTo(other.To);
        if (order != 0)
            return order;
        order = From.CompareTo(other.From);
        return order != 0 ? order : Number.CompareTo(other.Number);
    }
}
