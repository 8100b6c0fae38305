namespace Gaudi.Hpu.Ops;

/// <summary>Counts the forwards of one registry key in one process. Any thread.</summary>
public sealed class OpCallCounter
{
    private long _count;

    /// <summary>Forwards so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    internal void Increment() => Interlocked.Increment(ref _count);
}
