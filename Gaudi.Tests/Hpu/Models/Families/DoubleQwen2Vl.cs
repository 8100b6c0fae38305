using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Tests.Hpu.Models.Vision;
using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;
using static Gaudi.Tests.Hpu.Models.Families.Qwen2VlShape;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Qwen2-VL in plain double arithmetic: tower, three positions, layers; the whole sequence at once.</summary>
internal sealed class DoubleQwen2Vl(IReadOnlyDictionary<string, float[]> weights)
    : DoubleDecoder(weights, Hidden, LayerCount, Qwen2VlShape.Epsilon)
{
    private static readonly double[] Mean = [0.48145466, 0.4578275, 0.40821073];
    private static readonly double[] Deviation = [0.26862954, 0.26130258, 0.27577711];

    private (int Time, int Row, int Column)[] _places = [];
    private double[][] _images = [];

    /// <summary>Log probabilities of a prompt with one image: [positions][vocabulary].</summary>
    public double[][] LogProbabilities(IReadOnlyList<int> tokens, PromptImage image)
    {
        _places = Places(tokens.Count, image);
        var tower = new DoubleTower(Tower, Weights.Where(one => one.Key.StartsWith("visual.", StringComparison.Ordinal))
            .ToDictionary(one => one.Key, one => one.Value.Select(value => (double)value).ToArray()));
        var grid = new ImageGrid(1, image.RowCount * 2, image.ColumnCount * 2);
        _images = tower.Encode(Patches(image, grid), grid);
        return LogProbabilities(tokens);
    }

    protected override double[] Embed(int position, int token) =>
        token == ImageToken ? _images[_places[..position].Count(at => at.Time == _places[position].Time)] : base.Embed(position, token);

    protected override double[][] Attend(int layer, double[][] x)
    {
        var prefix = $"model.layers.{layer}.self_attn";
        double[][][] Split(string name, bool turns) => [.. x.Select((row, position) => Math.Linear(row, $"{prefix}.{name}_proj")
            .Chunk(HeadDim).Select(head => turns ? Turn(head, _places[position]) : head).ToArray())];
        var (queries, keys, values) = (Split("q", true), Split("k", true), Split("v", false));
        return [.. x.Select((_, position) => Math.Linear(
            [
                .. Enumerable.Range(0, Heads).SelectMany(head => DoubleMath.Attend(
                    queries[position][head], [.. keys[..(position + 1)].Select(at => at[head])],
                    [.. values[..(position + 1)].Select(at => at[head])], 1 / System.Math.Sqrt(HeadDim))),
            ],
            $"{prefix}.o_proj"))];
    }

    protected override double[] FeedForward(int layer, double[] x) => GatedMlp($"model.layers.{layer}.mlp", x);

    private static double[] Turn(double[] head, (int Time, int Row, int Column) place)
    {
        int[] along = [.. Enumerable.Repeat(place.Time, Sections[0]), .. Enumerable.Repeat(place.Row, Sections[1]),
            .. Enumerable.Repeat(place.Column, Sections[2])];
        var (half, turned) = (head.Length / 2, new double[head.Length]);
        for (var i = 0; i < half; i++)
        {
            var angle = along[i] * System.Math.Pow(10_000, -2.0 * i / head.Length);
            var (cos, sin) = (System.Math.Cos(angle), System.Math.Sin(angle));
            turned[i] = (head[i] * cos) - (head[i + half] * sin);
            turned[i + half] = (head[i + half] * cos) + (head[i] * sin);
        }
        return turned;
    }

    // Words before the image count from 0, its tokens stand on a grid behind them, words after it behind its longer side.
    private static (int, int, int)[] Places(int count, PromptImage image) =>
    [
        .. Enumerable.Range(0, image.FirstPosition).Select(at => (at, at, at)),
        .. from row in Enumerable.Range(0, image.RowCount)
           from column in Enumerable.Range(0, image.ColumnCount)
           select (image.FirstPosition, image.FirstPosition + row, image.FirstPosition + column),
        .. Enumerable.Range(image.FirstPosition + LongerSide(image), count - image.FirstPosition - image.TokenCount)
            .Select(at => (at, at, at)),
    ];

    private static int LongerSide(PromptImage image) => System.Math.Max(image.RowCount, image.ColumnCount);

    // A patch is colour, frame (both are the one image), row, column.
    private static double[][] Patches(PromptImage image, ImageGrid grid)
    {
        var width = grid.ColumnCount * 4;
        return
        [
            .. from squareRow in Enumerable.Range(0, image.RowCount)
               from squareColumn in Enumerable.Range(0, image.ColumnCount)
               from inner in Enumerable.Range(0, 4)
               let top = ((squareRow * 2) + (inner / 2)) * 4
               let left = ((squareColumn * 2) + (inner % 2)) * 4
               select (double[])
               [
                   .. from colour in Enumerable.Range(0, 3)
                      from frame in Enumerable.Range(0, 2)
                      from y in Enumerable.Range(top, 4)
                      from x in Enumerable.Range(left, 4)
                      select ((image.Pixels[(((y * width) + x) * 3) + colour] / 255.0) - Mean[colour]) / Deviation[colour],
               ],
        ];
    }
}
