namespace Gaudi.Actors.Scheduling;

/// <summary>Lower priority value first, then arrival. No two sequences are equal.</summary>
internal sealed class PriorityOrder : IComparer<Sequence>
{
    /// <summary>The one.</summary>
    internal static PriorityOrder Instance { get; } = new();

    public int Compare(Sequence? x, Sequence? y) =>
        (x!.Request.Priority, x.Id).CompareTo((y!.Request.Priority, y.Id));
}
