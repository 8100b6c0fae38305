using static TorchSharp.torch;

namespace Gaudi.Hpu.Cards;

/// <summary>
/// One open card: its facts, its memory ledger, its device. Used from the card's pinned thread, except where said.
/// </summary>
public interface ICard : IDisposable
{
    /// <summary>What is true of it. Any thread.</summary>
    CardFacts Facts { get; }

    /// <summary>Where its tensors live.</summary>
    Device Device { get; }

    /// <summary>Bytes under lease now. Any thread.</summary>
    long UsedBytes { get; }

    /// <summary>Takes memory from the ledger before it is allocated.</summary>
    /// <param name="purpose">For the report, such as `weights`, `kv cache`, `activations`.</param>
    /// <param name="bytes">Not negative.</param>
    /// <returns>The lease; tensors live under it, and disposing it gives the bytes back.</returns>
    /// <exception cref="CardMemoryException">Fewer bytes are free; the message lists who holds what.</exception>
    Lease Reserve(string purpose, long bytes);

    /// <summary>Every lease not yet given back, in the order they were taken. Any thread.</summary>
    IReadOnlyList<LeaseRecord> Leases { get; }

    /// <summary>Returns when everything started on the card is done.</summary>
    void Synchronise();
}
