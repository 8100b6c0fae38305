namespace Gaudi.Hpu.Cards;

/// <summary>What is true of a card as long as it is open.</summary>
/// <param name="Index">Counts from 0 on its machine.</param>
/// <param name="Name">Such as `Intel Gaudi 3 (simulated)`.</param>
/// <param name="Generation">Decides the fp8 range.</param>
/// <param name="IsSimulated">True when libtorch on the CPU stands in for the card.</param>
/// <param name="MemoryBytes">All memory the ledger may give out. Unit: bytes.</param>
/// <param name="Fp8Max">The largest finite e4m3 value the card computes with: 240 on Gaudi 2, 448 on Gaudi 3.</param>
/// <param name="Origin">How it was found: `simulated`, `hlml`, `sysfs`, `cpu`.</param>
public sealed record CardFacts(
    int Index, string Name, CardGeneration Generation, bool IsSimulated, long MemoryBytes, float Fp8Max, string Origin);
