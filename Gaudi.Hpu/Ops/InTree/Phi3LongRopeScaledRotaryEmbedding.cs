namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Rotary embedding of LongRoPE. Which of the two lists of factors holds is decided once, by the longest position served: a
/// token's bits must not depend on how long its sequence becomes.
/// </summary>
/// <remarks>Source: Ding et al. 2024 (LongRoPE), section 3; Abdin et al. 2024 (Phi-3), section 2. vLLM decides the same way.</remarks>
[OpName("Phi3LongRoPEScaledRotaryEmbedding", "rotary_embedding_phi3_longrope")]
public class Phi3LongRopeScaledRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <summary>Whether a position beyond the first training's is served.</summary>
    public bool IsLong => Spec.MaxPositions > Scaling.OriginalMaxPositions;

    /// <inheritdoc />
    protected override double ValueFactor => IsLong ? Scaling.LongValueFactor : Scaling.ShortValueFactor;

    private LongRotaryScaling Scaling => (LongRotaryScaling)Spec.Scaling!;

    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        var factors = IsLong ? Scaling.LongFactors : Scaling.ShortFactors;
        Invariant.That(
            factors.Length == Spec.RotaryDim / 2, $"{Spec.Prefix}: {Spec.RotaryDim / 2} factors, not {factors.Length}");
        return [.. factors.Select((factor, i) => (float)(1 / (factor * Math.Pow(Spec.Theta, 2.0 * i / Spec.RotaryDim))))];
    }
}
