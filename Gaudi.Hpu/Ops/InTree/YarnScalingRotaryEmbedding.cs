namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Rotary embedding stretched by YaRN; its values grow with the logarithm of the factor.</summary>
/// <remarks>Source: Peng et al. 2023 (YaRN), section 3.2 and equation 22.</remarks>
[OpName("YaRNScalingRotaryEmbedding", "rotary_embedding_yarn")]
public class YarnScalingRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override double ValueFactor => Scaling.ValueFactor;

    private YarnRotaryScaling Scaling => (YarnRotaryScaling)Spec.Scaling!;

    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        var (low, high) = (Bound(Scaling.BetaFast), Bound(Scaling.BetaSlow));
        if (Scaling.IsTruncated)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, Spec.RotaryDim - 1));
        var width = high - low == 0 ? 0.001 : high - low;
        return [.. base.InverseFrequencies().Select((frequency, i) =>
        {
            var stretched = Math.Clamp((i - low) / width, 0, 1);
            return (float)((frequency / Scaling.Factor * stretched) + (frequency * (1 - stretched)));
        })];
    }

    // The dimension that turns so often in the first context.
    private double Bound(double turns) =>
        Spec.RotaryDim * Math.Log(Scaling.OriginalMaxPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(Spec.Theta));
}
