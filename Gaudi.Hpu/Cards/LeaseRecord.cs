namespace Gaudi.Hpu.Cards;

/// <summary>One line of the memory ledger.</summary>
/// <param name="Purpose">Who asked.</param>
/// <param name="Bytes">How many bytes are held.</param>
public sealed record LeaseRecord(string Purpose, long Bytes);
