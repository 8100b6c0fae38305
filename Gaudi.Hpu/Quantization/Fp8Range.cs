using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Quantization;

/// <summary>The float8 values a card computes with: from -<see cref="Max"/> to <see cref="Max"/>.</summary>
/// <param name="Max">A value of e4m3: 448, or 240 where the card's format is narrower.</param>
/// <remarks>Source: vllm-gaudi, `extension/ops.py` (as of 2026-08): 240 on Gaudi 2, whose codes are kept as e4m3's nevertheless.</remarks>
public readonly record struct Fp8Range(float Max)
{
    /// <summary>The largest value of e4m3.</summary>
    public static Fp8Range Full => new(E4m3.MaxValue);

    /// <summary>Whether checkpoints, which are written for the full range, are to be converted at load.</summary>
    public bool IsNarrow => Max < E4m3.MaxValue;

    /// <summary>What a generation computes with.</summary>
    public static Fp8Range Of(CardGeneration generation) => new(SimulatedCards.Fp8Max(generation));

    /// <summary>What a card computes with.</summary>
    public static Fp8Range Of(CardFacts card) => new(card.Fp8Max);
}
