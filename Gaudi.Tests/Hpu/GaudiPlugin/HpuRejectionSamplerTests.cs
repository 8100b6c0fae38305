using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.Ops.InTree;
using TorchSharp;
using Xunit;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>The plugin's verification of drafts: token for token the in-tree one.</summary>
public sealed class HpuRejectionSamplerTests
{
    [Theory]
    [InlineData(VerificationMode.Coupled)]
    [InlineData(VerificationMode.Standard)]
    public void Verification_agrees_with_the_in_tree_one(VerificationMode mode)
    {
        var random = new Random(51);
        var (inTree, plugin) = (Verification.Op(OpTable.InTree()), Verification.Op(PluginOps.Table()));
        Assert.IsType<HpuRejectionSampler>(plugin);
        var standCount = 0;
        for (var round = 0; round < 1500; round++)
        {
            var call = RandomCall(random, mode);
            var expected = call.Run(inTree);
            Assert.True(expected.SelectMany(row => row).SequenceEqual(call.Run(plugin).SelectMany(row => row)), $"round {round}");
            standCount += expected.Sum(row => row.Count(token => token >= 0) - 1);
        }
        Assert.InRange(standCount, 1500, 20_000); // both ends of a row are reached, not only its first draft
    }

    [Fact]
    public void Greedy_rows_are_those_of_the_reference()
    {
        var plugin = Verification.Op(PluginOps.Table());
        Assert.Equal(
            [[5, 6, 4, -1], [8, 9, 2, -1]],
            Verification.Greedy(3, [[5, 6, 7], [8, 9]], [[5, 6, 4], [8, 9]], [1, 2]).Run(plugin));
        Assert.Equal([[1, -1, -1]], Verification.Greedy(2, [[]], [[]], [1]).Run(plugin));
        Assert.Equal(
            [[8, 2, -1, -1], [4, -1, -1, -1]],
            Verification.Greedy(3, [[8], [1, 2, 3]], [[8], [4, 5, 6]], [2, 3]).Run(plugin));
    }

    [Fact]
    public void A_draft_that_leaves_nothing_over_is_replaced_by_the_target_itself()
    {
        // The draft has no weight in either, so it cannot stand, and p - q is 0 everywhere.
        var call = new Verification(
            1, [[2]], [[1, 3, 0]], [[1, 3, 0]], [0], [new DrawKey(3, 0, 4)], VerificationMode.Standard);
        var tokens = call.Run(Verification.Op(OpTable.InTree()));
        Assert.Contains(tokens[0][0], new[] { 0, 1 });
        Assert.Equal(tokens, call.Run(Verification.Op(PluginOps.Table())));
    }

    [Fact]
    public void Calls_are_counted_under_the_plugins_name_and_leave_no_tensor_behind()
    {
        var table = PluginOps.Table();
        var plugin = Verification.Op(table);
        var call = RandomCall(new Random(52), VerificationMode.Standard);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var round = 0; round < 3; round++)
            call.Run(plugin);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var row = Assert.Single(table.Report().Ops, op => op.Name == "RejectionSampler");
        Assert.Equal(
            ("hpu_custom_ops", "hpu_rejection_sampler", "in-tree", 3L), (row.Provider, row.Module, row.Replaces, row.Calls));
    }

    // Greedy and sampled rows, with and without drafts, of which most are the target's own draws.
    private static Verification RandomCall(Random random, VerificationMode mode)
    {
        const int VocabularySize = 12;
        var keys = Enumerable.Range(0, 1 + random.Next(5))
            .Select(_ => random.Next(3) == 0 ? (DrawKey?)null : new DrawKey(random.NextInt64(), random.Next(3), random.Next(99)))
            .ToArray();
        var counts = keys.Select(_ => random.Next(5)).ToArray();
        var target = counts.Select(count =>
            Enumerable.Range(0, count).Select(_ => RejectionSamplerTests.Row(random, VocabularySize)).ToArray()).ToArray();
        var drafts = target.Zip(keys, (rows, key) => rows.Select((weights, i) => random.Next(4) == 0
            ? random.Next(VocabularySize)
            : key is { } one
                ? ExponentialRace.Winner(weights, new DrawNoise(one.Seed, one.Choice, one.FirstPosition + i))
                : Array.IndexOf(weights, weights.Max())).ToArray());
        var all = target.SelectMany(rows => rows).ToArray();
        float[][]? proposal = random.Next(3) == 0 ? null : [.. all.Select(_ => RejectionSamplerTests.Row(random, VocabularySize))];
        return new Verification(
            4 + random.Next(2), [.. drafts], [.. all], proposal is null ? null : [.. proposal],
            [.. keys.Select(_ => random.Next(VocabularySize))], [.. keys], mode);
    }
}
