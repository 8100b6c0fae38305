using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>
/// What happened on a lane and was not taken yet. While there is something, a call of <paramref name="wake"/> is on its way:
/// that is why all of it is taken under one lock. Any thread.
/// </summary>
/// <param name="wake">Called when there is news and was none, and when something was left behind by <see cref="Take"/>.</param>
public sealed class TransferNews(Action wake)
{
    /// <summary>Most endings, and most notices, of one <see cref="Take"/>: they travel in one message.</summary>
    public const int TakenMax = 1024;

    // Peers write reasons, and they travel between processes.
    private const int ReasonCharsMax = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<TransferEnd> _ended = [];
    private readonly Queue<string> _notices = [];
    private readonly HashSet<string> _noticed = new(StringComparer.Ordinal);

    /// <summary>A read has ended. A longer reason than 1,024 characters is cut.</summary>
    public void Add(TransferEnd ended)
    {
        var cut = ended.Failure.Length > ReasonCharsMax ? ended with { Failure = ended.Failure[..ReasonCharsMax] } : ended;
        Add(() => _ended.Enqueue(cut));
    }

    /// <summary>A peer has read an offer, or no longer wants it. What is known and not taken yet is not kept twice.</summary>
    /// <param name="notice">Of an offer that stands: so there are no more than offers.</param>
    public void Add(string notice)
    {
        Add(() =>
        {
            if (_noticed.Add(notice))
                _notices.Enqueue(notice);
        });
    }

    /// <summary>What happened since the last call, the oldest first; what is too much for one message comes next time.</summary>
    public TransferBatch Take()
    {
        TransferBatch taken;
        bool isLeft;
        lock (_lock)
        {
            taken = new TransferBatch(Taken(_ended), Taken(_notices));
            _noticed.ExceptWith(taken.Notices);
            isLeft = _ended.Count + _notices.Count > 0;
        }
        if (isLeft)
            wake();
        return taken;
    }

    private static ImmutableArray<T> Taken<T>(Queue<T> queue)
    {
        var taken = ImmutableArray.CreateBuilder<T>(Math.Min(queue.Count, TakenMax));
        while (taken.Count < TakenMax && queue.TryDequeue(out var one))
            taken.Add(one);
        return taken.ToImmutable();
    }

    // Whoever is awake already takes what comes meanwhile.
    private void Add(Action add)
    {
        bool wasEmpty;
        lock (_lock)
        {
            wasEmpty = _ended.Count + _notices.Count == 0;
            add();
        }
        if (wasEmpty)
            wake();
    }
}
