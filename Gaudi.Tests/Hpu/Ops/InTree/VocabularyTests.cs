using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Embedding and head over ranks, also where the vocabulary does not split evenly.</summary>
public sealed class VocabularyTests
{
    private const int Hidden = 24;

    [Theory]
    [InlineData(16, ScalarType.Float32)]
    [InlineData(101, ScalarType.Float32)]
    [InlineData(5, ScalarType.BFloat16)] // eight ranks of one token: three own padding alone
    public void Rows_and_logits_have_the_same_bits_on_every_rank_of_every_group(int vocabulary, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var weight = Weight(vocabulary, dtype);
        var ids = Enumerable.Range(0, vocabulary).Select(id => (long)id).Reverse().ToArray();
        foreach (var isTied in new[] { true, false })
        {
            var groups = new[] { 1, 2, 4, 8 }.SelectMany(worldSize => Run(worldSize, weight, ids, isTied)).ToArray();
            Assert.All(groups, one => Assert.Equal(groups[0].Logits, one.Logits));
            Assert.All(groups, one => Assert.Equal(weight.flip(0).Bits(), one.Rows));
            Assert.Equal(ids.Length * vocabulary, groups[0].Logits.Length);
        }
    }

    [Fact]
    public void Minus_zero_becomes_zero_in_every_group()
    {
        using var scope = NewDisposeScope();
        var weight = full([4, Hidden], -0f);
        foreach (var worldSize in new[] { 1, 2 })
            Assert.All(
                Run(worldSize, weight, [0, 3], isTied: true).SelectMany(one => one.Rows),
                bits => Assert.Equal(0u, bits));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(16)]
    public void A_token_outside_the_vocabulary_is_refused(long tokenId)
    {
        using var scope = NewDisposeScope();
        Assert.Throws<InvariantBrokenException>(() => Run(1, Weight(16, ScalarType.Float32), [tokenId], isTied: true));
    }

    private static Tensor Weight(int vocabulary, ScalarType dtype) =>
        Specs.Random(vocabulary, dtype, vocabulary, Hidden);

    private static (uint[] Rows, uint[] Logits)[] Run(int worldSize, Tensor weight, long[] ids, bool isTied)
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var scope = NewDisposeScope();
            var spec = new VocabularySpec("embed", weight.dtype, CPU, new RankLane(rank), (int)weight.shape[0], Hidden);
            using var embedding = OpTable.InTree().Create<VocabParallelEmbedding>(spec);
            using var head = OpTable.InTree().Create<ParallelLmHead>(spec with { Tied = isTied ? embedding : null });
            embedding.Load(0, weight.narrow(0, spec.Slice.Start, spec.Slice.Length));
            Assert.Equal(isTied ? 0 : embedding.WeightBytes, head.WeightBytes);
            if (!isTied)
                head.Load(0, weight.narrow(0, spec.Slice.Start, spec.Slice.Length));
            var rows = embedding.Forward(tensor(ids));
            return (rows.Bits(), head.Forward(rows, TokenRole.Prompt).Bits());
        });
    }
}
