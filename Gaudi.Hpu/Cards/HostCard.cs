using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Cards;

/// <summary>
/// A card whose arithmetic is libtorch on the CPU: the stand-in for a Gaudi card, or the CPU itself. Its ledger is
/// real: what it does not have, nobody gets.
/// </summary>
public sealed class HostCard(CardFacts facts) : ICard
{
    private readonly MemoryLedger _ledger = new(facts.Name, facts.MemoryBytes);

    /// <inheritdoc />
    public CardFacts Facts { get; } = facts;

    /// <inheritdoc />
    public Device Device => torch.CPU;

    /// <inheritdoc />
    public long UsedBytes => _ledger.UsedBytes;

    /// <inheritdoc />
    public IReadOnlyList<LeaseRecord> Leases => _ledger.Leases;

    /// <inheritdoc />
    public Lease Reserve(string purpose, long bytes) => _ledger.Reserve(purpose, bytes);

    /// <summary>Does nothing: the CPU has finished when the call returns.</summary>
    public void Synchronise()
    {
    }

    /// <summary>Does nothing: leases are given back by those who took them.</summary>
    public void Dispose()
    {
    }
}
