using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Every class of rotary embedding on heads of 16, with its angles and value factor in plain double arithmetic.</summary>
internal sealed record RotaryClass(
    string Name, RotarySpec Spec, Func<OpTable, RotarySpec, RotaryEmbedding> Create, Func<int, double[]> Angles, double ValueFactor)
{
    private const int Dim = 16;
    private const double Theta = 10_000;

    public static IEnumerable<RotaryClass> All()
    {
        var plain = Specs.Rotary(Dim, Dim, isNeox: true) with { MaxPositions = 300 };
        var frequencies = Enumerable.Range(0, Dim / 2).Select(i => Math.Pow(Theta, -2.0 * i / Dim)).ToArray();
        Func<int, double[]> Turning(double[] of) => position => [.. of.Select(frequency => position * frequency)];

        yield return new("plain", plain, (table, spec) => table.Create<RotaryEmbedding>(spec), Turning(frequencies), 1);
        yield return new(
            "linear", plain with { Scaling = new LinearRotaryScaling(4) },
            (table, spec) => table.Create<LinearScalingRotaryEmbedding>(spec),
            position => [.. frequencies.Select(frequency => position / 4.0 * frequency)], 1);
        // vLLM's static form: base (f L' / L - (f - 1))^(d / (d - 2)) at L' = f L, so f^2 - f + 1 = 13 for f = 4.
        yield return new(
            "dynamic", plain with { Scaling = new DynamicRotaryScaling(4) },
            (table, spec) => table.Create<DynamicNtkScalingRotaryEmbedding>(spec),
            Turning([.. Enumerable.Range(0, Dim / 2).Select(i => Math.Pow(Theta * Math.Pow(13, 16.0 / 14), -2.0 * i / Dim))]), 1);
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
        double[] shorts = [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7], longs = [2, 3, 4, 5, 6, 7, 8, 9];
        foreach (var (name, original, factors, value) in new[] { ("long", 299, longs, 1.5), ("short", 300, shorts, 1.25) })
        {
            yield return new(
                name, plain with { Scaling = new LongRotaryScaling([.. shorts], [.. longs], original, 1.25, 1.5) },
                (table, spec) => table.Create<Phi3LongRopeScaledRotaryEmbedding>(spec),
                Turning([.. frequencies.Zip(factors, (frequency, factor) => frequency / factor)]), value);
        }
        yield return new(
            "multimodal, text", plain with { Scaling = new RotarySections(2, 3, 3, IsInterleaved: false) },
            (table, spec) => table.Create<MRotaryEmbedding>(spec), Turning(frequencies), 1);
        // 17 x 17 patches and a class token: the first four pairs by the column + 1, the others by the row + 1.
        var patch = Enumerable.Range(0, 4).Select(i => Math.Pow(Theta, -2.0 * i / 8)).ToArray();
        yield return new(
            "llama 4 vision", plain with { IsNeox = false, MaxPositions = 290 },
            (table, spec) => table.Create<Llama4VisionRotaryEmbedding>(spec),
            position => position == 289
                ? new double[8]
                : [.. patch.Select(f => ((position % 17) + 1) * f), .. patch.Select(f => ((position / 17) + 1) * f)], 1);
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
        double Bound(double turns) => Dim * Math.Log(64 / (turns * 2 * Math.PI)) / (2 * Math.Log(Theta));
        var (low, high) = (Bound(32), Bound(1));
        if (truncates)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, Dim - 1));
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
