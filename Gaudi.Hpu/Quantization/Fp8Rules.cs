using Gaudi.Hpu.Cards;

namespace Gaudi.Hpu.Quantization;

/// <summary>How weights and activations in float8 e4m3 are counted on a card.</summary>
/// <param name="Range">What it computes with.</param>
/// <param name="Generation">Decides which scales cost it nothing.</param>
/// <param name="Settings">What of it may be chosen.</param>
/// <remarks>Source: vllm-gaudi, fp8 ops and scales (as of 2026-08): op modules 4.9.</remarks>
public sealed record Fp8Rules(Fp8Range Range, CardGeneration Generation, Fp8Settings Settings)
{
    /// <summary>Of a card.</summary>
    public static Fp8Rules Of(CardFacts card, Fp8Settings settings) => new(Fp8Range.Of(card), card.Generation, settings);
}
