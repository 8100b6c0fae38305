namespace Gaudi.Hpu.Cards;

/// <summary>Cards that libtorch on the CPU stands in for: the setting `gaudi.cards.simulate`.</summary>
/// <param name="Generation">Decides facts and fp8 range. Not <see cref="CardGeneration.Cpu"/>.</param>
/// <param name="Count">How many this machine has. At least 1.</param>
/// <param name="MemoryBytes">Of one card; null: what <see cref="CardMemory.SimulatedBytes"/> says.</param>
public sealed record SimulatedCardSettings(CardGeneration Generation, int Count, long? MemoryBytes);
