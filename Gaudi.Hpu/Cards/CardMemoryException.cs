namespace Gaudi.Hpu.Cards;

/// <summary>The ledger cannot give the bytes asked for. The world's fault: callers turn it into a refusal.</summary>
public sealed class CardMemoryException(string message) : Exception(message);
