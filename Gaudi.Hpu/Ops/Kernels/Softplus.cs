namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// ln(1 + e^x), within some units in the last place of float32, by the same arithmetic on every processor.
/// </summary>
/// <remarks>
/// max(x, 0) + ln(1 + t) with t = e^-|x| in (0, 1]; ln(1 + t) = 2 artanh(z), z = t / (2 + t) at most 1/3, by its series to
/// z^27 in float64. Above 20 the result is x, as upstream's threshold says: there ln(1 + t) is below half a unit.
/// </remarks>
internal static class Softplus
{
    private const float Threshold = 20;

    /// <summary>One value.</summary>
    public static float Of(float x)
    {
        if (x > Threshold)
            return x;
        double t = Exponential.Of(-MathF.Abs(x));
        var z = t / (2 + t);
        var square = z * z;
        var sum = 0.0;
        for (var power = 27; power >= 1; power -= 2)
            sum = (sum * square) + (1.0 / power);
        return (float)(Math.Max(x, 0) + (2 * z * sum));
    }
}
