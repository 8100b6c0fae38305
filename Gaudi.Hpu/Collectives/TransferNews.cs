using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>What happened on a lane and was not taken yet. Any thread.</summary>
/// <param name="wake">Called when there is news and was none.</param>
public sealed class TransferNews(Action wake)
{
    private readonly Lock _lock = new();
    private ImmutableArray<TransferEnd> _ended = [];
    private ImmutableArray<string> _notices = [];

    /// <summary>A read has ended.</summary>
    public void Add(TransferEnd ended)
    {
        Add(() => _ended = _ended.Add(ended));
    }

    /// <summary>A peer has read an offer, or no longer wants it. Keys of nothing are dropped by whoever takes them.</summary>
    public void Add(string notice)
    {
        Add(() => _notices = _notices.Length < NoticesMax ? _notices.Add(notice) : _notices);
    }

    /// <summary>Endings since the last call.</summary>
    public ImmutableArray<TransferEnd> TakeEnded()
    {
        lock (_lock)
        {
            var taken = _ended;
            _ended = [];
            return taken;
        }
    }

    /// <summary>Notices since the last call.</summary>
    public ImmutableArray<string> TakeNotices()
    {
        lock (_lock)
        {
            var taken = _notices;
            _notices = [];
            return taken;
        }
    }

    // Whoever is awake already takes what comes meanwhile.
    private void Add(Action add)
    {
        bool wasEmpty;
        lock (_lock)
        {
            wasEmpty = _ended.IsEmpty && _notices.IsEmpty;
            add();
        }
        if (wasEmpty)
            wake();
    }

    // Peers send them. What is dropped is freed by its timeout.
    private const int NoticesMax = 65_536;
}
