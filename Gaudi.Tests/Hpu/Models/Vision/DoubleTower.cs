using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Tests.Hpu.Models.Vision;

/// <summary>The vision tower once more, from the paper's formulas, in plain float64 loops over one image at a time.</summary>
internal sealed class DoubleTower(VisionConfig config, IReadOnlyDictionary<string, double[]> weights)
{
    /// <summary>[tokens][hidden] of one image.</summary>
    public double[][] Encode(double[][] patches, ImageGrid grid)
    {
        var x = patches.Select(patch => Product(patch, weights["visual.patch_embed.proj.weight"], null)).ToArray();
        for (var block = 0; block < config.BlockCount; block++)
        {
            var prefix = $"visual.blocks.{block}";
            var attended = Attend(x.Select(row => Norm(row, $"{prefix}.norm1")).ToArray(), grid, $"{prefix}.attn");
            x = x.Select((row, i) => Sum(row, attended[i])).ToArray();
            x = x.Select(row => Sum(row, Linear(
                Linear(Norm(row, $"{prefix}.norm2"), $"{prefix}.mlp.fc1").Select(v => v / (1 + Math.Exp(-1.702 * v))).ToArray(),
                $"{prefix}.mlp.fc2"))).ToArray();
        }
        return x.Select(row => Norm(row, "visual.merger.ln_q")).Chunk(config.MergeSize * config.MergeSize)
            .Select(square => Linear(
                Linear(square.SelectMany(row => row).ToArray(), "visual.merger.mlp.0").Select(Gelu).ToArray(),
                "visual.merger.mlp.2")).ToArray();
    }

    private double[][] Attend(double[][] x, ImageGrid grid, string prefix)
    {
        var (width, dim) = (config.EmbeddingSize, config.EmbeddingSize / config.HeadCount);
        var places = Places(grid);
        var qkv = x.Select(row => Linear(row, $"{prefix}.qkv")).ToArray();
        var output = x.Select(_ => new double[width]).ToArray();
        for (var head = 0; head < config.HeadCount; head++)
        {
            var q = qkv.Select((row, i) => Turn(row[(head * dim)..((head + 1) * dim)], places[i])).ToArray();
            var k = qkv.Select((row, i) => Turn(row[(width + (head * dim))..(width + ((head + 1) * dim))], places[i])).ToArray();
            for (var i = 0; i < x.Length; i++)
            {
                var seen = Enumerable.Range(0, x.Length).Where(j => places[j].Frame == places[i].Frame).ToArray();
                var scores = seen.Select(j => Math.Exp(q[i].Zip(k[j], (a, b) => a * b).Sum() / Math.Sqrt(dim))).ToArray();
                for (var s = 0; s < seen.Length; s++)
                {
                    for (var d = 0; d < dim; d++)
                        output[i][(head * dim) + d] +=
                            scores[s] / scores.Sum() * qkv[seen[s]][(2 * width) + (head * dim) + d];
                }
            }
        }
        return output.Select(row => Linear(row, $"{prefix}.proj")).ToArray();
    }

    // Patches come frame by frame, square by square, row by row in the square.
    private (int Frame, int Row, int Column)[] Places(ImageGrid grid) =>
    [
        .. from frame in Enumerable.Range(0, grid.FrameCount)
           from squareRow in Enumerable.Range(0, grid.RowCount / config.MergeSize)
           from squareColumn in Enumerable.Range(0, grid.ColumnCount / config.MergeSize)
           from row in Enumerable.Range(0, config.MergeSize)
           from column in Enumerable.Range(0, config.MergeSize)
           select (frame, (squareRow * config.MergeSize) + row, (squareColumn * config.MergeSize) + column),
    ];

    // Pair i is dimensions i and i + half: the first quarter of the dimensions turns by rows, the second by columns.
    private static double[] Turn(double[] head, (int Frame, int Row, int Column) place)
    {
        var (half, quarter) = (head.Length / 2, head.Length / 4);
        var turned = new double[head.Length];
        for (var i = 0; i < half; i++)
        {
            var angle = (i < quarter ? place.Row : place.Column) * Math.Pow(10000, -(i % quarter) / (double)quarter);
            turned[i] = (head[i] * Math.Cos(angle)) - (head[i + half] * Math.Sin(angle));
            turned[i + half] = (head[i + half] * Math.Cos(angle)) + (head[i] * Math.Sin(angle));
        }
        return turned;
    }

    private double[] Norm(double[] row, string name)
    {
        var mean = row.Average();
        var root = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-6);
        return row.Select((v, i) => ((v - mean) / root * weights[$"{name}.weight"][i]) + weights[$"{name}.bias"][i]).ToArray();
    }

    private double[] Linear(double[] row, string name) => Product(row, weights[$"{name}.weight"], weights[$"{name}.bias"]);

    private static double[] Product(double[] row, double[] weight, double[]? bias)
    {
        var y = new double[weight.Length / row.Length];
        for (var output = 0; output < y.Length; output++)
        {
            for (var i = 0; i < row.Length; i++)
                y[output] += row[i] * weight[(output * row.Length) + i];
            y[output] += bias?[output] ?? 0;
        }
        return y;
    }

    private static double[] Sum(double[] a, double[] b) => a.Zip(b, (x, y) => x + y).ToArray();

    // erf by its series, good to |x| of 5: what these small towers reach.
    private static double Gelu(double x)
    {
        var z = x / Math.Sqrt(2);
        var (term, sum) = (z, z);
        for (var n = 1; n < 200; n++)
        {
            term *= -z * z / n;
            sum += term / ((2 * n) + 1);
        }
        return x * (1 + (2 / Math.Sqrt(Math.PI) * sum)) / 2;
    }
}
