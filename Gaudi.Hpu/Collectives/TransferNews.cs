using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>What happened on a lane and was not taken yet. Any thread.</summary>
/// <param name="wake">Called after each addition.</param>
public sealed class TransferNews(Action wake)
{
    private readonly Lock _lock = new();
    private ImmutableArray<TransferEnd> _ended = [];
    private ImmutableArray<string> _notices = [];

    /// <summary>A read has ended.</summary>
    public void Add(TransferEnd ended)
    {
        lock (_lock)
            _ended = _ended.Add(ended);
        wake();
    }

    /// <summary>A peer has read an offer, or no longer wants it. Keys of nothing are dropped by whoever takes them.</summary>
    public void Add(string notice)
    {
        lock (_lock)
        {
            if (_notices.Length < NoticesMax)
                _notices = _notices.Add(notice);
        }
        wake();
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

    // Peers send them. What is dropped is freed by its timeout.
    private const int NoticesMax = 65_536;
}
