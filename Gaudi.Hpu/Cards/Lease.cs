namespace Gaudi.Hpu.Cards;

/// <summary>Memory taken from a card's ledger. Disposing it, once, gives the bytes back.</summary>
public sealed class Lease : IDisposable
{
    private Action<Lease>? _giveBack;

    internal Lease(string purpose, long bytes, Action<Lease> giveBack)
    {
        Purpose = purpose;
        Bytes = bytes;
        _giveBack = giveBack;
    }

    /// <summary>Who asked.</summary>
    public string Purpose { get; }

    /// <summary>How many bytes are held until disposal.</summary>
    public long Bytes { get; }

    /// <inheritdoc />
    public void Dispose() => Interlocked.Exchange(ref _giveBack, null)?.Invoke(this);
}
