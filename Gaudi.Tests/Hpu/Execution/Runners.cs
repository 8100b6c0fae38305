using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Loads a model folder on the ranks of a group, one thread a rank, as in life.</summary>
internal static class Runners
{
    public const int BlockSizeTokens = 16;

    public static ModelRunnerSettings Settings(string folder, string dtype = "auto") =>
        new(folder, dtype, BlockSizeTokens, KvBlockCount: 64, MaxModelLen: null, MemoryUtilization: 0.9);

    public static ICard Card(long memoryBytes = 1L << 30) => new HostCard(
        new CardFacts(0, "Test card", CardGeneration.Gaudi3, true, memoryBytes, 448, "simulated"));

    /// <summary>What every rank gave, in rank order.</summary>
    public static T[] Run<T>(
        ModelRunnerSettings settings, int worldSize, Func<IModelRunner, T> body, Func<OpTable>? ops = null)
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, epoch: 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var card = Card();
            T result;
            using (var runner = ModelLoader.Load(settings, card, ops?.Invoke() ?? OpTable.InTree(), rank))
                result = body(runner);
            Assert.Equal(0, card.UsedBytes);
            return result;
        });
    }

    /// <summary>Rank 0's result; every other rank gave an equal one.</summary>
    public static T Same<T>(
        ModelRunnerSettings settings, int worldSize, Func<IModelRunner, T> body, Func<OpTable>? ops = null)
    {
        var results = Run(settings, worldSize, body, ops);
        Assert.All(results, result => Assert.Equal(results[0], result));
        return results[0];
    }
}
