namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// ln(1 + e^x) in float32, by the same arithmetic on every processor; below -87.33, where <see cref="Exponential"/> ends,
/// it is 0.
/// </summary>
/// <remarks>
/// max(x, 0) + ln(1 + u) with u = e^-|x|, and ln(1 + u) = 2 artanh(z) with z = u / (2 + u) at most 1/3: twelve terms of the
/// series in double leave less than 1e-12 of the result.
/// </remarks>
internal static class Softplus
{
    private const int TermCount = 12;

    /// <summary>One value; a NaN stays one.</summary>
    public static float Of(float x)
    {
        double u = Exponential.Of(-MathF.Abs(x));
        var z = u / (2 + u);
        var sum = 0.0;
        for (var term = TermCount - 1; term >= 0; term--)
            sum = (sum * z * z) + (1.0 / ((2 * term) + 1));
        return (float)(MathF.Max(x, 0) + (2 * z * sum));
    }
}
