namespace Gaudi.Hpu.Ops.InTree;

/// <summary>YaRN: dimensions that turn often in the first context are left, those that turn seldom are divided, between blended.</summary>
/// <param name="Factor">What seldom turning dimensions are divided by.</param>
/// <param name="OriginalMaxPositions">The context length of the first training.</param>
/// <param name="BetaFast">Turns in it above which a dimension is left.</param>
/// <param name="BetaSlow">Turns below which it is divided whole.</param>
/// <param name="ValueFactor">Multiplies cosines and sines.</param>
/// <param name="IsTruncated">Whether the blend begins and ends at whole dimensions.</param>
public sealed record YarnRotaryScaling(
    double Factor, int OriginalMaxPositions, double BetaFast, double BetaSlow, double ValueFactor, bool IsTruncated)
    : RotaryScaling
{
    /// <summary>0.1 weight ln(factor) + 1; 1 where nothing is stretched.</summary>
    /// <remarks>Source: Peng et al. 2023 (YaRN), equation 22; the weight is DeepSeek's.</remarks>
    public static double Magnitude(double factor, double weight = 1) =>
        factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;
}
