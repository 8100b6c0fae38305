namespace Gaudi.Actors.Images;

/// <summary>
/// Which source pixels make each pixel of a resized line, and how much of each: the cubic of Keys with a = -0.5 around
/// the pixel's centre, stretched by the scale when a line is shrunk so that every source pixel counts; normalised to 1,
/// then rounded to 22 bits after the point.
/// </summary>
/// <remarks>
/// Source: Keys 1981, equation 15; widths, rounding and order as Pillow's Resample.c has them for bytes, so that pixels
/// are the same.
/// </remarks>
internal sealed class BicubicWeights
{
    /// <summary>Bits after the point.</summary>
    public const int FractionBits = 22;

    private const double Reach = 2;
    private const double Sharpness = -0.5;

    private readonly int[] _firsts;
    private readonly int[][] _weights;

    /// <summary>Computes them in float64.</summary>
    /// <param name="fromCount">Pixels of the source line.</param>
    /// <param name="toCount">Pixels of the new line.</param>
    public BicubicWeights(int fromCount, int toCount)
    {
        _firsts = new int[toCount];
        _weights = new int[toCount][];
        var scale = (double)fromCount / toCount;
        var stretch = Math.Max(scale, 1);
        for (var i = 0; i < toCount; i++)
        {
            var centre = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - (Reach * stretch) + 0.5));
            var end = Math.Min(fromCount, (int)(centre + (Reach * stretch) + 0.5));
            var exact = new double[end - first];
            for (var j = 0; j < exact.Length; j++)
                exact[j] = Cubic((j + first - centre + 0.5) / stretch);
            var sum = exact.Sum();
            _firsts[i] = first;
            _weights[i] = [.. exact.Select(one => Rounded(one / sum))];
        }
    }

    /// <summary>The first source pixel of a pixel.</summary>
    public int First(int pixel) => _firsts[pixel];

    /// <summary>The weights from it on.</summary>
    public ReadOnlySpan<int> Of(int pixel) => _weights[pixel];

    /// <summary>A weighted sum of bytes to the nearest byte; what overshoots is cut off.</summary>
    public static byte ToByte(int sum) =>
        (byte)Math.Clamp((sum + (1 << (FractionBits - 1))) >> FractionBits, byte.MinValue, byte.MaxValue);

    private static int Rounded(double weight) =>
        (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << FractionBits)));

    private static double Cubic(double distance)
    {
        var x = Math.Abs(distance);
        if (x < 1)
            return ((((Sharpness + 2) * x) - (Sharpness + 3)) * x * x) + 1;
        return x < Reach ? ((((x - 5) * x) + 8) * x - 4) * Sharpness : 0;
    }
}
