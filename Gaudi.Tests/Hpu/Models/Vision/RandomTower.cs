using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Models.Vision;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Vision;

/// <summary>A small tower with seeded weights of a trained one's size, and the same in float64.</summary>
internal sealed class RandomTower : IDisposable
{
    public RandomTower(OpTable table, ScalarType dtype, int seed, VisionConfig? config = null)
    {
        Config = config ?? new VisionConfig(
            BlockCount: 2, EmbeddingSize: 24, HiddenSize: 20, HeadCount: 3, MlpSize: 40, PatchSizePixels: 4, MergeSize: 2,
            PatchFrameCount: 2, ChannelCount: 3);
        Ops = new LayerOps(table, dtype, CPU, Specs.Alone());
        Tower = Qwen2VisionTower.Build(Config, Ops);
        var weights = new Dictionary<string, double[]>();
        Weights = weights;
        foreach (var op in Ops.Weighted)
        {
            for (var slice = 0; slice < op.Slices.Length; slice++)
            {
                var shape = op.Slices[slice].Shape;
                using var scope = NewDisposeScope();
                var fanIn = shape.Length == 1 ? 4 : shape.Skip(1).Aggregate((a, b) => a * b);
                var values = (Specs.Random(seed++, ScalarType.Float32, [.. shape]) / tensor((float)Math.Sqrt(fanIn)))
                    .to_type(dtype);
                op.Load(slice, values);
                weights.Add(op.Slices[slice].Name, [.. values.Floats().Select(one => (double)one)]);
            }
        }
        Truth = new DoubleTower(Config, weights);
    }

    public VisionConfig Config { get; }

    public LayerOps Ops { get; }

    public VisionTower Tower { get; }

    public DoubleTower Truth { get; }

    /// <summary>As loaded, rounded to the tower's type.</summary>
    public IReadOnlyDictionary<string, double[]> Weights { get; }

    public Tensor Patches(int seed, params ImmutableArray<ImageGrid> grids) =>
        Specs.Random(seed, ScalarType.Float32, grids.Sum(grid => grid.PatchCount), Config.PatchValueCount);

    /// <summary>[tokens * hidden] of all images, each by itself.</summary>
    public double[] Expected(Tensor patches, params ImmutableArray<ImageGrid> grids)
    {
        var rows = patches.Floats().Select(one => (double)one).Chunk(Config.PatchValueCount).ToArray();
        var at = 0;
        return
        [
            .. grids.SelectMany(grid => Truth.Encode(rows[at..(at += grid.PatchCount)], grid)).SelectMany(row => row),
        ];
    }

    public void Dispose() => Ops.Dispose();
}
