using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Safetensors;
using Gaudi.Hpu.Models.Vision;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Vision;

/// <summary>A tower comes back from a file as it was, its kernel of five dimensions among the weights.</summary>
public sealed class VisionCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-vision-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_tower_read_from_safetensors_has_the_written_ones_bits(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var written = new RandomTower(OpTable.InTree(), dtype, seed: 4);
        Write(written, dtype);
        using var checkpoint = Checkpoint.Open(_folder);
        using var ops = new LayerOps(OpTable.InTree(), dtype, CPU, Specs.Alone());
        var read = Qwen2VisionTower.Build(written.Config, ops);
        WeightLoader.Load(ops.Weighted, checkpoint, isIgnored: _ => false);
        var grid = new ImageGrid(1, 4, 2);
        var patches = written.Patches(5, [grid]);
        Assert.Equal(written.Tower.Forward(patches, [grid]).Bits(), read.Forward(patches, [grid]).Bits());
    }

    private void Write(RandomTower tower, ScalarType dtype)
    {
        var writer = new SafetensorsWriter();
        foreach (var slice in tower.Ops.Weighted.SelectMany(op => op.Slices))
        {
            float[] values = [.. tower.Weights[slice.Name].Select(one => (float)one)];
            writer.Add(slice.Name, tensor(values, slice.Shape.ToArray()).to_type(dtype));
        }
        writer.Write(Path.Combine(_folder, "model.safetensors"));
    }
}
