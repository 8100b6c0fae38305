namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>The formulas that families share, in plain double loops over a checkpoint's stored values.</summary>
internal sealed class DoubleMath(IReadOnlyDictionary<string, float[]> weights)
{
    /// <summary>What a layer's inputs become before its product, by its name; null where they stay.</summary>
    public Func<string, double[], double[]>? Inputs { get; set; }

    /// <summary>y = W x + b where there is a bias.</summary>
    public double[] Linear(double[] x, string name)
    {
        x = Inputs?.Invoke(name, x) ?? x;
        var weight = weights[$"{name}.weight"];
        var bias = weights.GetValueOrDefault($"{name}.bias");
        var y = new double[weight.Length / x.Length];
        for (var output = 0; output < y.Length; output++)
        {
            for (var k = 0; k < x.Length; k++)
                y[output] += weight[(output * x.Length) + k] * x[k];
            y[output] += bias?[output] ?? 0;
        }
        return y;
    }

    /// <summary>One row of a matrix.</summary>
    public double[] Row(string name, int row, int width) =>
        [.. weights[name].AsSpan(row * width, width).ToArray().Select(value => (double)value)];

    /// <summary>x / rms(x) * (offset + weight).</summary>
    public double[] RmsNorm(double[] x, string name, double epsilon, double offset = 0)
    {
        var root = Math.Sqrt((x.Sum(value => value * value) / x.Length) + epsilon);
        return [.. x.Select((value, i) => value / root * (offset + weights[$"{name}.weight"][i]))];
    }

    public static double[] Add(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];

    public static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double GeluTanh(double x) =>
        0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double[] LogSoftmax(double[] x)
    {
        var max = x.Max();
        var sum = max + Math.Log(x.Sum(value => Math.Exp(value - max)));
        return [.. x.Select(value => value - sum)];
    }

    public static double[] Softmax(double[] x) => [.. LogSoftmax(x).Select(Math.Exp)];

    /// <summary>Turns pairs (i, i + n/2) of the first dimensions by position times their frequencies; copies the rest.</summary>
    public static double[] RotateHalves(double[] x, int position, double[] frequencies)
    {
        var turned = (double[])x.Clone();
        for (var i = 0; i < frequencies.Length; i++)
        {
            var (cos, sin) = (Math.Cos(position * frequencies[i]), Math.Sin(position * frequencies[i]));
            turned[i] = (x[i] * cos) - (x[i + frequencies.Length] * sin);
            turned[i + frequencies.Length] = (x[i + frequencies.Length] * cos) + (x[i] * sin);
        }
        return turned;
    }

    /// <summary>theta^(-2i/dim).</summary>
    public static double[] Frequencies(double theta, int dim) =>
        [.. Enumerable.Range(0, dim / 2).Select(i => Math.Pow(theta, -2.0 * i / dim))];

    /// <summary>softmax of scaled and perhaps capped scores, times values.</summary>
    public static double[] Attend(double[] query, double[][] keys, double[][] values, double scale, double? cap = null)
    {
        var scores = keys.Select(key => Dot(query, key) * scale)
            .Select(score => cap is { } limit ? limit * Math.Tanh(score / limit) : score).ToArray();
        var probabilities = Softmax(scores);
        return [.. values[0].Select((_, d) => values.Select((value, j) => probabilities[j] * value[d]).Sum())];
    }
}
