using System.Globalization;

namespace Gaudi.Hpu.Cards;

/// <summary>Who holds how much of a card's memory. Any thread.</summary>
/// <param name="cardName">For messages.</param>
/// <param name="capacityBytes">All there is to give.</param>
public sealed class MemoryLedger(string cardName, long capacityBytes)
{
    private readonly Lock _lock = new();
    private readonly List<Lease> _leases = [];
    private long _usedBytes;

    /// <summary>Bytes under lease now.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
                return _usedBytes;
        }
    }

    /// <summary>Every lease not given back, in the order taken.</summary>
    public IReadOnlyList<LeaseRecord> Leases
    {
        get
        {
            lock (_lock)
                return [.. _leases.Select(l => new LeaseRecord(l.Purpose, l.Bytes))];
        }
    }

    /// <summary>Takes bytes, or refuses and says who holds what.</summary>
    /// <exception cref="CardMemoryException">Fewer bytes are free.</exception>
    public Lease Reserve(string purpose, long bytes)
    {
        Invariant.That(bytes >= 0, $"a lease for {purpose} of {bytes} bytes");
        lock (_lock)
        {
            if (bytes > capacityBytes - _usedBytes)
                throw new CardMemoryException(Refusal(purpose, bytes));
            var lease = new Lease(purpose, bytes, GiveBack);
            _leases.Add(lease);
            _usedBytes += bytes;
            return lease;
        }
    }

    private void GiveBack(Lease lease)
    {
        lock (_lock)
        {
            Invariant.That(_leases.Remove(lease), $"lease {lease.Purpose} of {lease.Bytes} bytes is not in the ledger");
            _usedBytes -= lease.Bytes;
            Invariant.That(_usedBytes >= 0, $"{_usedBytes} bytes used");
        }
    }

    private string Refusal(string purpose, long bytes)
    {
        var holders = _leases.Count == 0
            ? "nobody holds any"
            : string.Join(", ", _leases.Select(l => $"{l.Purpose} {Text(l.Bytes)}"));
        return $"{cardName} has {Text(capacityBytes - _usedBytes)} of {Text(capacityBytes)} bytes free, " +
            $"but {purpose} needs {Text(bytes)}; held: {holders}. " +
            "Use a smaller model, a shorter context or more cards";
    }

    private static string Text(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);
}
