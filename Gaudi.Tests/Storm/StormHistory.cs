namespace Gaudi.Tests.Storm;

/// <summary>Keeps what happened, in order, and writes it down as it comes. Any thread.</summary>
/// <param name="time">The monotonic clock.</param>
/// <param name="target">Receives one line an event; owned. Null to keep the events alone.</param>
internal sealed class StormHistory(TimeProvider time, TextWriter? target) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly long _begun = time.GetTimestamp();
    private readonly List<StormEvent> _events = [];

    /// <summary>Told every event, on the thread that added it and in order; must not wait.</summary>
    internal event Action<StormEvent>? Added;

    /// <summary>All events so far.</summary>
    internal IReadOnlyList<StormEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }

    /// <summary>Adds an event that happens now.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="fill">Fills in the fields of its kind.</param>
    internal StormEvent Add(StormEventKind kind, Func<StormEvent, StormEvent>? fill = null)
    {
        lock (_gate)
        {
            var bare = new StormEvent(Math.Round(time.GetElapsedTime(_begun).TotalMilliseconds, 3), kind);
            var happened = fill is null ? bare : fill(bare);
            _events.Add(happened);
            target?.WriteLine(happened.ToLine());
            if (kind != StormEventKind.Token) // So that a storm that hangs has told why.
                target?.Flush();
            Added?.Invoke(happened);
            return happened;
        }
    }

    public void Dispose()
    {
        lock (_gate)
            target?.Dispose();
    }
}
