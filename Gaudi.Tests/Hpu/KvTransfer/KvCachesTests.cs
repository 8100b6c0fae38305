using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.KvTransfer;

/// <summary>Regions and descriptors, by numbers anyone can check: d(r, b) = (base_r + b * block length, block length).</summary>
public sealed class KvCachesTests
{
    [Fact]
    public void Descriptor_is_base_plus_block_times_length()
    {
        var region = new BlockRegion(BaseAddress: 1000, BlockBytes: 64, BlockCount: 10);
        Assert.Equal(new MemorySpan(1000, 64), region.Blocks(0, 1));
        Assert.Equal(new MemorySpan(1192, 64), region.Blocks(3, 1));
        Assert.Equal(new MemorySpan(1448, 192), region.Blocks(7, 3));
        Assert.Equal(new MemorySpan(1000, 640), region.All);
        Assert.Throws<InvariantBrokenException>(() => region.Blocks(10, 1));
        Assert.Throws<InvariantBrokenException>(() => region.Blocks(8, 3));
        Assert.Throws<InvariantBrokenException>(() => region.Blocks(-1, 1));
    }

    [Fact]
    public void Layer_gives_keys_and_values_as_two_regions_of_equal_blocks()
    {
        // 5 blocks of 8 positions, 2 heads of 12 dimensions, padded to 16: 2 * 16 * 8 float32 a block and region.
        using var first = new PagedKv(5, 8, 2, 12, ScalarType.Float32, CPU);
        using var second = new PagedKv(5, 8, 2, 12, ScalarType.Float32, CPU);
        var caches = KvCaches.Of([.. first.BlockTensors, .. second.BlockTensors]);
        Assert.Equal(4, caches.Regions.Length);
        Assert.All(caches.Regions, region => Assert.Equal((1024L, 5), (region.BlockBytes, region.BlockCount)));
        Assert.Equal((5, 4096L, 20L), (caches.BlockCount, caches.BlockBytes, caches.DescriptorCount));
        Assert.Equal("4 of 2x16x8 Float32+2x8x16 Float32", caches.Layout);
        Assert.Equal(4, caches.Regions.Select(region => region.BaseAddress).Distinct().Count());
    }

    [Fact]
    public void Keys_that_hold_their_values_are_one_region()
    {
        using var latent = new PagedKv(3, 8, 1, 24, ScalarType.BFloat16, CPU, sharedValueDim: 16);
        var caches = KvCaches.Of(latent.BlockTensors);
        Assert.Equal([(384L, 3)], caches.Regions.Select(region => (region.BlockBytes, region.BlockCount)));
    }

    [Fact]
    public void Draft_model_follows_the_target_with_lengths_of_its_own()
    {
        using var target = new PagedKv(3, 8, 2, 8, ScalarType.Float32, CPU);
        using var draft = new PagedKv(3, 8, 1, 8, ScalarType.Float32, CPU);
        var caches = KvCaches.Of(target.BlockTensors, draft.BlockTensors);
        Assert.Equal([512, 512, 256, 256], caches.Regions.Select(region => region.BlockBytes));
    }

    [Fact]
    public void Regions_that_do_not_fit_each_other_are_our_mistake()
    {
        using var one = new PagedKv(3, 8, 2, 8, ScalarType.Float32, CPU);
        using var more = new PagedKv(4, 8, 2, 8, ScalarType.Float32, CPU);
        using var wide = new PagedKv(3, 8, 2, 16, ScalarType.Float32, CPU);
        Assert.Throws<InvariantBrokenException>(() => KvCaches.Of([.. one.BlockTensors, .. more.BlockTensors]));
        Assert.Throws<InvariantBrokenException>(() => KvCaches.Of([.. one.BlockTensors, .. wide.BlockTensors]));
        Assert.Throws<InvariantBrokenException>(() => KvCaches.Of([]));
    }
}
