using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Every class of rotary embedding, with its angles and value factor in plain double arithmetic.</summary>
internal sealed record RotaryClass(
    string Name, RotarySpec Spec, Func<OpTable, RotarySpec, RotaryEmbedding> Create, Func<int, double[]> Angles, double ValueFactor)
{
    private const double Theta = 10_000;

    /// <summary>The classes on heads of which all dimensions turn; the vision's only where they are a multiple of 4.</summary>
    public static IEnumerable<RotaryClass> All(int dim = 16)
    {
        var plain = Specs.Rotary(dim, dim, isNeox: true) with { MaxPositions = 300 };
        var half = dim / 2;
        var frequencies = Enumerable.Range(0, half).Select(i => Math.Pow(Theta, -2.0 * i / dim)).ToArray();
        Func<int, double[]> Turning(double[] of) => position => [.. of.Select(frequency => position * frequency)];

        yield return new("plain", plain, (table, spec) => table.Create<RotaryEmbedding>(spec), Turning(frequencies), 1);
        yield return new(
            "linear", plain with { Scaling = new LinearRotaryScaling(4) },
            (table, spec) => table.Create<LinearScalingRotaryEmbedding>(spec),
            position => [.. frequencies.Select(frequency => position / 4.0 * frequency)], 1);
        // base (f L' / L - (f - 1))^(d / (d - 2)): L' / L is 4, then 2, then 1 as nothing beyond L is served.
        foreach (var (name, original, grown) in new[] { ("dynamic", 75, 13), ("dynamic, half", 150, 5), ("dynamic, short", 400, 1) })
        {
            var theta = Theta * Math.Pow(grown, dim / (dim - 2.0));
            yield return new(
                name, plain with { Scaling = new DynamicRotaryScaling(4, original) },
                (table, spec) => table.Create<DynamicNtkScalingRotaryEmbedding>(spec),
                Turning([.. Enumerable.Range(0, half).Select(i => Math.Pow(theta, -2.0 * i / dim))]), 1);
        }
        yield return new(
            "llama3", plain with { Scaling = new Llama3RotaryScaling(8, 1, 4, 64) },
            (table, spec) => table.Create<Llama3RotaryEmbedding>(spec), Turning([.. frequencies.Select(Llama3)]), 1);
        var yarn = new YarnRotaryScaling(4, 64, 32, 1, (0.1 * Math.Log(4)) + 1, IsTruncated: true);
        yield return new(
            "yarn", plain with { Scaling = yarn }, (table, spec) => table.Create<YarnScalingRotaryEmbedding>(spec),
            Turning(Yarn(frequencies, truncates: true)), 1.138629436111989);
        yield return new(
            "yarn, not truncated", plain with { Scaling = yarn with { IsTruncated = false } },
            (table, spec) => table.Create<YarnScalingRotaryEmbedding>(spec),
            Turning(Yarn(frequencies, truncates: false)), 1.138629436111989);
        yield return new(
            "deepseek", plain with { IsNeox = false, Scaling = yarn with { ValueFactor = 0.9 } },
            (table, spec) => table.Create<DeepseekScalingRotaryEmbedding>(spec), Turning(Yarn(frequencies, truncates: true)), 0.9);
        double[] shorts = [.. Enumerable.Range(0, half).Select(i => 1 + (0.1 * i))], longs = [.. shorts.Select(one => one * 7)];
        foreach (var (name, original, factors, value) in new[] { ("long", 299, longs, 1.5), ("short", 300, shorts, 1.25) })
        {
            yield return new(
                name, plain with { Scaling = new LongRotaryScaling([.. shorts], [.. longs], original, 1.25, 1.5) },
                (table, spec) => table.Create<Phi3LongRopeScaledRotaryEmbedding>(spec),
                Turning([.. frequencies.Zip(factors, (frequency, factor) => frequency / factor)]), value);
        }
        foreach (var (name, isInterleaved) in new[] { ("multimodal, text", false), ("multimodal in turns, text", true) })
        {
            yield return new(
                name, plain with { Scaling = new RotarySections(half - (2 * (half / 3)), half / 3, half / 3, isInterleaved) },
                (table, spec) => table.Create<MRotaryEmbedding>(spec), Turning(frequencies), 1);
        }
        if (dim % 4 != 0)
            yield break;
        // 17 x 17 patches and a class token: the first half of the pairs by the column + 1, the others by the row + 1.
        var patch = Enumerable.Range(0, half / 2).Select(i => Math.Pow(Theta, -2.0 * i / half)).ToArray();
        yield return new(
            "llama 4 vision", plain with { IsNeox = false, MaxPositions = 290 },
            (table, spec) => table.Create<Llama4VisionRotaryEmbedding>(spec),
            position => position == 289
                ? new double[half]
                : [.. patch.Select(f => ((position % 17) + 1) * f), .. patch.Select(f => ((position / 17) + 1) * f)], 1);
    }

    /// <summary>The truth of rows of heads, in the order of the tensor.</summary>
    /// <param name="x">[positions, heads * head size].</param>
    /// <param name="positions">Of the rows.</param>
    public IEnumerable<double> Turned(float[] x, long[] positions) =>
        x.Chunk(x.Length / positions.Length).Zip(positions).SelectMany(row => row.First.Chunk(Spec.HeadSize).SelectMany(
            head => Turned(head, Angles((int)row.Second), ValueFactor, Spec.IsNeox)));

    /// <summary>One head by the angles of its pairs, halves or neighbours; what is past them stays.</summary>
    public static double[] Turned(float[] x, double[] angles, double factor, bool isNeox)
    {
        var turned = x.Select(value => (double)value).ToArray();
        for (var i = 0; i < angles.Length; i++)
        {
            var (first, second) = isNeox ? (i, i + angles.Length) : (2 * i, (2 * i) + 1);
            var (cos, sin) = (Math.Cos(angles[i]) * factor, Math.Sin(angles[i]) * factor);
            turned[first] = (x[first] * cos) - (x[second] * sin);
            turned[second] = (x[second] * cos) + (x[first] * sin);
        }
        return turned;
    }

    private static double Llama3(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < 64.0 / 4)
            return frequency;
        if (wavelength > 64.0 / 1)
            return frequency / 8;
        var smooth = ((64.0 / wavelength) - 1) / (4 - 1);
        return ((1 - smooth) * frequency / 8) + (smooth * frequency);
    }

    private static double[] Yarn(double[] frequencies, bool truncates)
    {
        var dim = 2 * frequencies.Length;
        double Bound(double turns) => dim * Math.Log(64 / (turns * 2 * Math.PI)) / (2 * Math.Log(Theta));
        var (low, high) = (Bound(32), Bound(1));
        if (truncates)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, dim - 1));
        return
        [
            .. frequencies.Select((frequency, i) =>
            {
                var kept = 1 - Math.Clamp((i - low) / (high - low), 0, 1);
                return (frequency * kept) + (frequency / 4 * (1 - kept));
            }),
        ];
    }
}
