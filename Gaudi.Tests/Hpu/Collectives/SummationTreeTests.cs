using System.Runtime.InteropServices;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

public sealed class SummationTreeTests
{
    [Fact]
    public void Parts_are_added_in_the_order_of_the_tree()
    {
        // 2^24 + 1 rounds to 2^24 in float32, so each association has its own value.
        const float big = 16_777_216;
        Assert.Equal(big + 2, Reduce([big, 0, 1, 1], 4)[0]); // (b+0)+(1+1)
        Assert.Equal(big, Reduce([big, 1, 1], 3)[0]); // (b+1)+1
        Assert.Equal(big + 4, Reduce([1, 1, 1, 1, big], 5)[0]);
        Assert.Equal(big, Reduce([big, 1, 0, 0, 0, 1], 6)[0]); // ((b+1)+(0+0))+(0+1)
        Assert.Equal(big + 2, Reduce([big, 0, 0, 0, 0, 1, 1], 7)[0]); // the odd one is carried: (0+1)+1
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Eight_shards_give_the_same_bits_for_every_number_of_ranks(int rankCount)
    {
        const int seed = 3, length = 1003, shardCount = 8;
        var random = new Random(seed);
        var shards = Enumerable.Range(0, shardCount * length).Select(_ => random.NextSingle() * MathF.Pow(10, random.Next(8))).ToArray();
        var whole = Reduce([.. shards], shardCount)[..length];
        var ranks = new List<float>();
        for (var rank = 0; rank < rankCount; rank++)
        {
            var mine = shards[(rank * shardCount / rankCount * length)..((rank + 1) * shardCount / rankCount * length)];
            ranks.AddRange(Reduce(mine, shardCount / rankCount)[..length]);
        }
        var sum = Reduce([.. ranks], rankCount)[..length];
        Assert.True(MemoryMarshal.AsBytes<float>(whole).SequenceEqual(MemoryMarshal.AsBytes<float>(sum)), $"seed {seed}");
    }

    private static float[] Reduce(float[] parts, int partCount)
    {
        SummationTree.Reduce(parts, partCount);
        return parts;
    }
}
