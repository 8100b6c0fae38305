using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Models.Vision;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Vision;

/// <summary>The tower against a second one in float64, and its laws.</summary>
public sealed class VisionTowerTests
{
    private static readonly ImageGrid[][] Batches =
    [
        [new(1, 2, 2)], [new(1, 4, 6)], [new(1, 6, 2), new(1, 2, 8)], [new(2, 2, 4), new(1, 2, 2), new(1, 4, 4)],
    ];

    // Float32: 1e-4 relative, some 40 sums in a row. bfloat16: 0.1 at values to 3, some 20 roundings of 2^-9 each.
    [Theory]
    [InlineData(ScalarType.Float32, false, 1e-4)]
    [InlineData(ScalarType.Float32, true, 1e-4)]
    [InlineData(ScalarType.BFloat16, true, 0.1)]
    public void Tower_is_the_papers(ScalarType dtype, bool isPlugin, double tolerance)
    {
        using var random = new RandomTower(isPlugin ? PluginOps.Table() : OpTable.InTree(), dtype, seed: 1);
        foreach (var grids in Batches)
        {
            using var scope = NewDisposeScope();
            var patches = random.Patches(7, [.. grids]);
            var y = random.Tower.Forward(patches, [.. grids]);
            Assert.Equal([grids.Sum(grid => grid.TokenCount(2)), 20], y.shape);
            Assert.Equal(dtype, y.dtype);
            Specs.Near(random.Expected(patches, [.. grids]), y, tolerance);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void An_image_has_the_bits_it_has_alone(ScalarType dtype, bool isPlugin)
    {
        using var random = new RandomTower(isPlugin ? PluginOps.Table() : OpTable.InTree(), dtype, seed: 2);
        foreach (var grids in Batches)
        {
            using var scope = NewDisposeScope();
            var patches = random.Patches(8, [.. grids]);
            var together = random.Tower.Forward(patches, [.. grids]);
            var (patch, token) = (0, 0);
            foreach (var grid in grids)
            {
                var alone = random.Tower.Forward(patches.narrow(0, patch, grid.PatchCount), [grid]);
                Assert.Equal(alone.Bits(), together.narrow(0, token, grid.TokenCount(2)).Bits());
                (patch, token) = (patch + grid.PatchCount, token + grid.TokenCount(2));
            }
        }
    }

    [Fact]
    public void Weights_have_the_names_and_shapes_of_the_published_checkpoints()
    {
        var config = new VisionConfig(1, 1280, 1536, 16, 5120, 14, 2, 2, 3); // Qwen/Qwen2-VL-2B-Instruct, one block of 32
        using var ops = new LayerOps(OpTable.InTree(), ScalarType.BFloat16, CPU, Specs.Alone());
        Qwen2VisionTower.Build(config, ops);
        Assert.Equal(
            """
            visual.blocks.0.attn.proj.bias [1280]
            visual.blocks.0.attn.proj.weight [1280, 1280]
            visual.blocks.0.attn.qkv.bias [3840]
            visual.blocks.0.attn.qkv.weight [3840, 1280]
            visual.blocks.0.mlp.fc1.bias [5120]
            visual.blocks.0.mlp.fc1.weight [5120, 1280]
            visual.blocks.0.mlp.fc2.bias [1280]
            visual.blocks.0.mlp.fc2.weight [1280, 5120]
            visual.blocks.0.norm1.bias [1280]
            visual.blocks.0.norm1.weight [1280]
            visual.blocks.0.norm2.bias [1280]
            visual.blocks.0.norm2.weight [1280]
            visual.merger.ln_q.bias [1280]
            visual.merger.ln_q.weight [1280]
            visual.merger.mlp.0.bias [5120]
            visual.merger.mlp.0.weight [5120, 5120]
            visual.merger.mlp.2.bias [1536]
            visual.merger.mlp.2.weight [1536, 5120]
            visual.patch_embed.proj.weight [1280, 3, 2, 14, 14]
            """.ReplaceLineEndings("\n"),
            string.Join('\n', ops.Weighted.SelectMany(op => op.Slices)
                .Select(slice => $"{slice.Name} [{string.Join(", ", slice.Shape)}]").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Patches_that_are_not_the_grids_are_refused()
    {
        using var scope = NewDisposeScope();
        using var random = new RandomTower(OpTable.InTree(), ScalarType.Float32, seed: 3);
        var patches = random.Patches(1, [new ImageGrid(1, 2, 2)]);
        ImmutableArray<ImageGrid>[] wrong = [[], [new(1, 2, 4)], [new(1, 1, 4)], [new(0, 2, 2)], [new(1, 2, 2), new(1, 2, 2)]];
        foreach (var grids in wrong)
            Assert.Throws<InvariantBrokenException>(() => random.Tower.Forward(patches, grids));
        Assert.Throws<InvariantBrokenException>(() => random.Tower.Forward(patches.narrow(1, 0, 95), [new(1, 2, 2)]));
    }

    [Fact]
    public void Patches_of_a_square_are_neighbours_and_frames_are_segments()
    {
        Assert.Equal(
            [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3)], PatchOrder.OfFrame(new ImageGrid(1, 2, 4), 2));
        Assert.Equal([0, 8, 16, 20], PatchOrder.FrameStarts([new(2, 2, 4), new(1, 2, 2)]).ToArray());
    }
}
