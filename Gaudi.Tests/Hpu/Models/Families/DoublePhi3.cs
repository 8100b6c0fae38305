using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Phi 3 in plain double arithmetic.</summary>
internal sealed class DoublePhi3(Phi3Shape shape, IReadOnlyDictionary<string, float[]> weights)
    : DoubleDecoder(weights, Phi3Shape.Hidden, Phi3Shape.LayerCount, Phi3Shape.Epsilon)
{
    protected override double[][] Attend(int layer, double[][] x)
    {
        var prefix = $"model.layers.{layer}.self_attn";
        var isLong = shape.OriginalPositions < 512;
        var frequencies = DoubleMath.Frequencies(10_000, Phi3Shape.RotaryDim)
            .Zip(isLong ? Phi3Shape.Long : Phi3Shape.Short, (frequency, factor) => frequency / factor).ToArray();
        var stretch = 512.0 / shape.OriginalPositions;
        var grown = stretch <= 1 ? 1 : System.Math.Sqrt(1 + (System.Math.Log(stretch) / System.Math.Log(shape.OriginalPositions)));
        if (shape.ValueFactors is { } said)
            grown = isLong ? said.Long : said.Short;
        var qkv = x.Select(row => Math.Linear(row, $"{prefix}.qkv_proj").Chunk(Phi3Shape.Hidden).ToArray()).ToArray();
        double[][][] Split(int part, bool turns) => [.. qkv.Select((row, position) => row[part].Chunk(Phi3Shape.HeadDim)
            .Select(head => turns ? Turned(head, position, frequencies, grown) : head).ToArray())];
        var (queries, keys, values) = (Split(0, true), Split(1, true), Split(2, false));
        return [.. x.Select((_, position) => Math.Linear(
            [
                .. Enumerable.Range(0, Phi3Shape.Heads).SelectMany(head => DoubleMath.Attend(
                    queries[position][head], [.. keys[..(position + 1)].Select(at => at[head])],
                    [.. values[..(position + 1)].Select(at => at[head])], 1 / System.Math.Sqrt(Phi3Shape.HeadDim))),
            ],
            $"{prefix}.o_proj"))];
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        var both = Math.Linear(x, $"model.layers.{layer}.mlp.gate_up_proj");
        return Math.Linear(
            [.. both[..Phi3Shape.Ffn].Zip(both[Phi3Shape.Ffn..], (gate, up) => Silu(gate) * up)], $"model.layers.{layer}.mlp.down_proj");
    }

    // The last dimensions stay as they are.
    private static double[] Turned(double[] head, int position, double[] frequencies, double grown)
    {
        var turned = RotateHalves(head, position, frequencies);
        for (var i = 0; i < 2 * frequencies.Length; i++)
            turned[i] *= grown;
        return turned;
    }
}
