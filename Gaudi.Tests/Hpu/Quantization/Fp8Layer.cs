using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A linear weight in float8 with its scales, and by plain loops and libtorch's own casts what a card makes of it.</summary>
internal sealed class Fp8Layer
{
    private readonly byte[] _codes; // [outputs, inputs]
    private readonly float[] _values; // [outputs, inputs]: of the codes
    private readonly float[] _scales; // [row blocks, column blocks]
    private readonly int _blockRows;
    private readonly int _blockColumns;
    private readonly long[] _scaleShape;

    /// <summary>Random codes, no number never among them, and random scales of weights of about the given size.</summary>
    /// <param name="random">Codes and scales.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="blockRows">Rows that share a scale.</param>
    /// <param name="blockColumns">Columns that share a scale.</param>
    /// <param name="scaleShape">Null for [row blocks, column blocks].</param>
    /// <param name="size">Of a scale: half to one and a half of it.</param>
    /// <param name="inputScale">Of activations; null where they are scaled as they come.</param>
    public Fp8Layer(
        Random random, int outputs, int inputs, int blockRows, int blockColumns, long[]? scaleShape = null, float size = 1e-3f,
        float? inputScale = null)
        : this(outputs, inputs, blockRows, blockColumns, scaleShape, inputScale)
    {
        for (var at = 0; at < _codes.Length; at++)
            _codes[at] = Code(random.Next(254));
        for (var at = 0; at < _scales.Length; at++)
            _scales[at] = (float)(random.NextDouble() + 0.5) * size;
        Decoded(_codes).CopyTo(_values, 0);
    }

    private Fp8Layer(int outputs, int inputs, int blockRows, int blockColumns, long[]? scaleShape, float? inputScale)
    {
        (OutputCount, InputCount, _blockRows, _blockColumns, InputScale) = (outputs, inputs, blockRows, blockColumns, inputScale);
        var (rows, columns) = ((outputs + blockRows - 1) / blockRows, (inputs + blockColumns - 1) / blockColumns);
        (_codes, _values, _scales) = (new byte[outputs * inputs], new float[outputs * inputs], new float[rows * columns]);
        _scaleShape = scaleShape ?? [rows, columns];
    }

    /// <summary>A weight rounded as tools round it: the largest of a block becomes 448, by scales that bfloat16 has.</summary>
    public static Fp8Layer Of(
        float[] weight, int outputs, int blockRows, int blockColumns, long[]? scaleShape = null, float? inputScale = null)
    {
        using var scope = NewDisposeScope();
        var layer = new Fp8Layer(outputs, weight.Length / outputs, blockRows, blockColumns, scaleShape, inputScale);
        for (var at = 0; at < weight.Length; at++)
            layer._scales[layer.BlockOf(at)] = Math.Max(layer._scales[layer.BlockOf(at)], Math.Max(Math.Abs(weight[at]), 1e-6f) / 448);
        tensor(layer._scales).to_type(ScalarType.BFloat16).to_type(ScalarType.Float32).data<float>().ToArray().CopyTo(layer._scales, 0);
        Fp8Truth.Rounded([.. weight.Select((value, at) => value / layer.ScaleOf(at))], 448).CopyTo(layer._values, 0);
        tensor(layer._values).to_type(Fp8Truth.E4m3).bytes.CopyTo(layer._codes);
        return layer;
    }

    /// <summary>One scale for all.</summary>
    public static Fp8Layer OfTensor(Random random, int outputs, int inputs, float? inputScale = null, float size = 1e-3f) =>
        new(random, outputs, inputs, outputs, inputs, [], size, inputScale);

    /// <summary>One scale for each output.</summary>
    public static Fp8Layer OfChannels(Random random, int outputs, int inputs, float? inputScale = null, float size = 1e-3f) =>
        new(random, outputs, inputs, 1, inputs, [outputs, 1], size, inputScale);

    public int OutputCount { get; }

    public int InputCount { get; }

    public float? InputScale { get; }

    /// <summary>The weight as the checkpoint means it: [outputs, inputs].</summary>
    public float[] Stored => [.. _values.Select((value, at) => value * ScaleOf(at))];

    /// <summary>A copy whose code at a place is another.</summary>
    public Fp8Layer Set(int output, int input, byte code)
    {
        _codes[(output * InputCount) + input] = code;
        Decoded(_codes).CopyTo(_values, 0);
        return this;
    }

    /// <summary>As checkpoints name them; blocks' scales as `weight_scale_inv` where asked for.</summary>
    public IEnumerable<(string Kind, Tensor Tensor)> Tensors(bool isInverse)
    {
        yield return ("weight", Fp8Truth.Codes(_codes, OutputCount, InputCount));
        yield return (isInverse ? "weight_scale_inv" : "weight_scale", tensor(_scales).reshape(_scaleShape));
        if (InputScale is { } scale)
            yield return ("input_scale", tensor(scale));
    }

    /// <summary>The weight that the card multiplies by: [outputs, inputs].</summary>
    public float[] Wide(Fp8Rules rules)
    {
        var (max, settings) = (rules.Range.Max, rules.Settings);
        var isBlocked = _blockColumns < InputCount;
        if (!(isBlocked ? settings.HasChannelScales : settings.AlignsScales))
        {
            if (max == 448 || !settings.AdjustsScales)
                return [.. Fp8Truth.Rounded(_values, max).Select((value, at) => value * ScaleOf(at))];
            var halves = Fp8Truth.Rounded([.. _values.Select(value => value / 2)], max);
            return [.. halves.Select((value, at) => value * (2 * ScaleOf(at)))];
        }
        var (values, scales) = isBlocked ? Joined(settings.AlignsScales ? 448 : max) : (_values, Rows(at => ScaleOf(at * InputCount)));
        if (!settings.AlignsScales)
            return [.. values.Select((value, at) => value * scales[at / InputCount])];
        var aligned = Rows(row => Fp8Truth.Aligned(scales[row], isNarrow: max == 240));
        float[] moved = [.. values.Select((value, at) => value * scales[at / InputCount] / aligned[at / InputCount])];
        return [.. Fp8Truth.Rounded(moved, max).Select((value, at) => value * aligned[at / InputCount])];
    }

    /// <summary>The most that <see cref="Wide"/> of an unaligned weight differs from <see cref="Stored"/>, by element.</summary>
    /// <remarks>
    /// Rounding to e4m3 is 2^-4 of a value, or half of the finest step, 2^-10 scales; a joined row was rounded to bfloat16 before,
    /// 2^-8 at most; halving is exact but for the finest steps. Float32 adds a few times 2^-24, taken as 2^-20.
    /// </remarks>
    public double[] Slack(Fp8Rules rules)
    {
        var stored = Stored;
        if (!(_blockColumns < InputCount && rules.Settings.HasChannelScales))
        {
            var step = rules.Range.Max == 240 ? 2.0 / 1024 : 0;
            return [.. stored.Select((value, at) => (Math.Abs(value) * Math.ScaleB(1, -20)) + (step * ScaleOf(at)))];
        }
        var largest = Rows(row => stored.AsSpan(row * InputCount, InputCount).ToArray().Max(Math.Abs));
        return
        [
            .. stored.Select((value, at) => (Math.Abs(value) * (1.0 / 16 + 1.1 / 256))
                + (1.01 * largest[at / InputCount] / rules.Range.Max / 1024)),
        ];
    }

    private (float[] Values, float[] Scales) Joined(float max)
    {
        using var scope = NewDisposeScope();
        var wide = tensor(Stored).to_type(ScalarType.BFloat16).to_type(ScalarType.Float32).data<float>().ToArray();
        var scales = Rows(row => wide.AsSpan(row * InputCount, InputCount).ToArray().Max(Math.Abs) / max is var one and not 0 ? one : 1);
        return (Fp8Truth.Rounded([.. wide.Select((value, at) => value / scales[at / InputCount])], max), scales);
    }

    private float[] Rows(Func<int, float> of) => [.. Enumerable.Range(0, OutputCount).Select(of)];

    private float ScaleOf(int at) => _scales[BlockOf(at)];

    private int BlockOf(int at)
    {
        var (row, column) = Math.DivRem(at, InputCount);
        return (row / _blockRows * ((InputCount + _blockColumns - 1) / _blockColumns)) + (column / _blockColumns);
    }

    // 0 .. 253 without the two codes that are no number.
    private static byte Code(int number) => (byte)(number < 127 ? number : number + 1);

    private static float[] Decoded(byte[] codes)
    {
        using var scope = NewDisposeScope();
        return Fp8Truth.Codes(codes, codes.Length).to_type(ScalarType.Float32).data<float>().ToArray();
    }
}
