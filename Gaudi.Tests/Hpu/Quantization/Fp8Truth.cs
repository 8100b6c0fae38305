using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>The float8 formulas by plain loops and libtorch's own casts, which do not saturate.</summary>
internal static class Fp8Truth
{
    /// <summary>libtorch's own float8, which judges ours.</summary>
    public const ScalarType E4m3 = (ScalarType)24;

    private static readonly double[] NarrowScales = [1 / 256.0, 1 / 16.0, 1, 16];
    private static readonly double[] FullScales = [.. Enumerable.Range(-55, 63).Select(exponent => Math.ScaleB(1, exponent))];

    /// <summary>The nearest float8 values within the range.</summary>
    public static float[] Rounded(float[] values, float max)
    {
        using var scope = NewDisposeScope();
        return tensor(values).clamp(-max, max).to_type(E4m3).to_type(ScalarType.Float32).data<float>().ToArray();
    }

    /// <summary>A tensor of codes.</summary>
    public static Tensor Codes(byte[] codes, params long[] shape)
    {
        using var room = zeros(shape);
        var stored = room.to_type(E4m3);
        codes.CopyTo(stored.bytes);
        return stored;
    }

    /// <summary>The smallest scale of the card's set that is no smaller, or its largest.</summary>
    public static float Aligned(float scale, bool isNarrow)
    {
        var (set, wanted) = isNarrow ? (NarrowScales, scale * (448.0 / 240)) : (FullScales, scale);
        return (float)set.FirstOrDefault(one => one >= wanted, set[^1]);
    }

    /// <summary>Activations as a layer multiplies them: [tokens, inputs].</summary>
    /// <param name="x">[tokens, inputs].</param>
    /// <param name="inputs">Of a row.</param>
    /// <param name="isSharded">Whether the inputs are split over ranks: a scale for each of the eight shards.</param>
    /// <param name="inputScale">The stored scale; null where they are scaled as they come.</param>
    /// <param name="rules">Of the card.</param>
    public static float[] Activations(float[] x, int inputs, bool isSharded, float? inputScale, Fp8Rules rules)
    {
        var max = rules.Range.Max;
        if (inputScale is { } stored)
        {
            var scale = StaticScale(stored, rules);
            return [.. Rounded([.. x.Select(value => value * (1 / scale))], max).Select(value => value * scale)];
        }
        var shards = isSharded ? Enumerable.Range(0, 9).Select(i => i * inputs / 8).ToArray() : [0, inputs];
        return
        [
            .. from row in x.Chunk(inputs)
               from shard in Enumerable.Range(0, shards.Length - 1)
               from value in ByLargest(row[shards[shard]..shards[shard + 1]], max)
               select value,
        ];
    }

    /// <summary>A stored scale of activations on the card.</summary>
    public static float StaticScale(float stored, Fp8Rules rules) => rules switch
    {
        { Settings.AlignsScales: true } => Aligned(stored, rules.Range.Max == 240),
        { Settings.AdjustsScales: true, Range.Max: 240 } => stored * (448f / 240f),
        _ => stored,
    };

    private static IEnumerable<float> ByLargest(float[] values, float max)
    {
        var scale = (values.Select(Math.Abs).DefaultIfEmpty().Max() + 1e-8f) / max;
        return Rounded([.. values.Select(value => value / scale)], max).Select(value => value * scale);
    }
}
