using System.Collections.Immutable;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Devices;

/// <summary>The newest events of a node, numbered. Any thread.</summary>
/// <param name="node">Its address.</param>
/// <param name="keptMax">Events kept; the oldest make room.</param>
/// <param name="time">Stamps them.</param>
/// <param name="write">Told every row, in order, under the log's lock: it must not wait.</param>
public sealed class EventLog(string node, int keptMax, TimeProvider time, Action<EventRow>? write)
{
    private readonly Lock _lock = new();
    private readonly Queue<EventRow> _rows = [];
    private readonly Dictionary<string, long> _recoveries = new(StringComparer.Ordinal);
    private long _seq;

    /// <summary>Takes an event.</summary>
    public void Add(NodeEvent happened)
    {
        lock (_lock)
        {
            var status = (happened as NodeEvent.GroupChanged)?.Status;
            var told = status is null ? 0 : _recoveries.GetValueOrDefault(status.ReplicaId);
            var row = EventRows.Of(++_seq, time.GetUtcNow(), node, happened, told);
            if (status is not null)
                _recoveries[status.ReplicaId] = status.Recoveries.Count;
            _rows.Enqueue(row);
            if (_rows.Count > keptMax)
                _rows.Dequeue();
            write?.Invoke(row);
        }
    }

    /// <summary>Kept events with higher numbers, ascending. A first number that is not the next one tells of a loss.</summary>
    public ImmutableArray<EventRow> After(long seq)
    {
        lock (_lock)
            return [.. _rows.Where(row => row.Seq > seq)];
    }
}
