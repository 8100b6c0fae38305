using System.Diagnostics;
using System.Runtime.InteropServices;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

/// <summary>What is true of every transport. A transport's tests derive from it and say how a group is made.</summary>
public abstract class CollectiveLaws
{
    private const int Seed = 20_261_125;
    private const int RoundCount = 12;
    private const int SpinStep = 20_000;
    private static readonly int[] Sizes = [0, 1, 2, 3, 7, 64, 1001, 4096, 16_384, 16_385, 65_537, 262_144];

    /// <summary>Makes a group of that many ranks, in rank order; all are connected.</summary>
    internal abstract IReadOnlyList<ICollective> Connect(int worldSize, long epoch);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void Sum_is_the_tree_on_every_rank_and_in_every_run(int worldSize)
    {
        var random = new Random(Seed + worldSize);
        var inputs = Sizes.Concat([random.Next(1, 100_000)]).Select(size => Inputs(random, worldSize, size)).ToArray();
        float[][][]? firstRun = null;
        for (var run = 1; run <= 2; run++)
        {
            var ranks = Connect(worldSize, run);
            var sums = RankThreads.Run(ranks, rank => inputs.Select(input => Sum(rank, input[rank.Rank])).ToArray());
            for (var size = 0; size < inputs.Length; size++)
            {
                var expected = TreeByHand(inputs[size]);
                for (var rank = 0; rank < worldSize; rank++)
                    AssertSameBits(expected, sums[rank][size], $"seed {Seed}, {worldSize} ranks, rank {rank}, {expected.Length} values");
            }
            Assert.All(ranks, rank => Assert.Equal(inputs.Length, rank.CompletedCount));
            firstRun ??= sums;
            Assert.Equal(MemoryMarshal.AsBytes<float>(firstRun[0][^1]), MemoryMarshal.AsBytes<float>(sums[0][^1]));
            End(ranks);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Bytes_are_gathered_in_rank_order(int worldSize)
    {
        var ranks = Connect(worldSize, 1);
        foreach (var size in new[] { 0, 1, 3, 65_535, 65_536, 200_001 })
        {
            var inputs = Enumerable.Range(0, worldSize).Select(rank => Bytes(Seed + size + rank, size)).ToArray();
            var expected = inputs.SelectMany(bytes => bytes).ToArray();
            var gathered = RankThreads.Run(ranks, rank =>
            {
                var all = new byte[size * worldSize];
                rank.AllGather(inputs[rank.Rank], all);
                return all;
            });
            Assert.All(gathered, all => Assert.True(expected.AsSpan().SequenceEqual(all)));
        }
        End(ranks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Every_rank_gets_the_roots_bytes(int worldSize)
    {
        var ranks = Connect(worldSize, 1);
        for (var root = 0; root < worldSize; root++)
        {
            foreach (var size in new[] { 0, 5, 65_536, 150_001 })
            {
                var expected = Bytes(Seed + size + root, size);
                var received = RankThreads.Run(ranks, rank =>
                {
                    var bytes = rank.Rank == root ? [.. expected] : new byte[size];
                    rank.Broadcast(bytes, root);
                    return bytes;
                });
                Assert.All(received, bytes => Assert.True(expected.AsSpan().SequenceEqual(bytes)));
            }
        }
        End(ranks);
    }

    [Fact]
    public void Mixed_calls_keep_their_order_and_are_counted()
    {
        const int worldSize = 3, rounds = 200;
        var ranks = Connect(worldSize, 1);
        var digests = RankThreads.Run(ranks, rank =>
        {
            var random = new Random(Seed); // The same on every rank: so are the calls.
            var digest = 0L;
            for (var round = 0; round < rounds; round++)
            {
                var values = new float[random.Next(0, 40_000)];
                Array.Fill(values, rank.Rank + 1);
                switch (random.Next(4))
                {
                    case 0:
                        rank.AllReduceSum(values);
                        Assert.Equal(-1, values.AsSpan().IndexOfAnyExcept(6f));
                        break;
                    case 1:
                        var all = new byte[3 * worldSize];
                        rank.AllGather([(byte)round, (byte)rank.Rank, 1], all);
                        Assert.Equal([(byte)round, 0, 1, (byte)round, 1, 1, (byte)round, 2, 1], all);
                        break;
                    case 2:
                        var root = random.Next(worldSize);
                        rank.Broadcast(MemoryMarshal.AsBytes(values.AsSpan()), root);
                        Assert.Equal(-1, values.AsSpan().IndexOfAnyExcept(root + 1f));
                        break;
                    default:
                        rank.Barrier();
                        break;
                }
                digest = digest * 31 + values.Length;
                Assert.Equal(round + 1, rank.CompletedCount);
            }
            return digest;
        });
        Assert.Single(digests.Distinct());
        End(ranks);
    }

    [Fact]
    public async Task Barrier_waits_for_the_last_rank()
    {
        var ranks = Connect(3, 1);
        var early = ranks.Take(2).Select(rank => RankThreads.Start(() => { rank.Barrier(); return 0; })).ToArray();
        Assert.All(early, barrier => Assert.False(barrier.IsCompleted)); // Rank 2 is still here.
        ranks[2].Barrier();
        await Task.WhenAll(early);
        Assert.All(ranks, rank => Assert.Equal(1, rank.CompletedCount));
        End(ranks);
    }

    [Fact]
    public async Task Abort_frees_the_blocked_rank_and_its_peers()
    {
        var rounds = new List<TimeSpan>();
        for (var round = 1; round <= RoundCount; round++)
        {
            var ranks = Connect(3, round);
            RankThreads.Run(ranks, rank => { rank.Barrier(); return 0; });
            using var armed = new CountdownEvent(2);
            var blocked = ranks.Take(2) // Rank 2 never comes.
                .Select(rank => FreedCall.Start(armed, () => rank.AllReduceSum(new float[100_000]))).ToArray();
            armed.Wait();
            Thread.SpinWait(round * SpinStep); // From "about to call" in the first round to "blocked" in the last.
            ranks[0].Abort(round - 1, "another epoch");
            Assert.All(blocked, call => Assert.False(call.IsCompleted));

            var start = Stopwatch.GetTimestamp();
            ranks[0].Abort(round, "the test says so");
            var freed = await Task.WhenAll(blocked);
            rounds.Add(Stopwatch.GetElapsedTime(start, freed.Max(call => call.At)));

            Assert.Equal((round, "the test says so"), (freed[0].Error.Epoch, freed[0].Error.Reason));
            Assert.Equal(round, freed[1].Error.Epoch);
            ranks[0].Abort(round, "again");
            foreach (var rank in ranks) // The epoch has ended for all, for good.
                Assert.Throws<CollectiveAbortedException>(() => rank.AllReduceSum(new float[100_000]));
            Assert.All(ranks, rank => Assert.Equal(1, rank.CompletedCount));
            End(ranks);
        }
        FreedCall.AssertFast(rounds);
    }

    [Fact]
    public async Task Lost_peer_frees_everybody()
    {
        var rounds = new List<TimeSpan>();
        for (var round = 1; round <= RoundCount; round++)
        {
            var ranks = Connect(4, round);
            using var armed = new CountdownEvent(3);
            var blocked = ranks.Take(3) // Rank 3 does not come.
                .Select(rank => FreedCall.Start(armed, () => rank.AllReduceSum(new float[10]))).ToArray();
            armed.Wait();
            Thread.SpinWait(round * SpinStep);
            var start = Stopwatch.GetTimestamp();
            ranks[3].Dispose();
            var freed = await Task.WhenAll(blocked);
            rounds.Add(Stopwatch.GetElapsedTime(start, freed.Max(call => call.At)));
            End(ranks);
        }
        FreedCall.AssertFast(rounds);
    }

    [Fact]
    public void Completed_call_counts_even_when_a_peer_leaves_right_after_it()
    {
        for (var round = 1; round <= 50; round++)
        {
            var ranks = Connect(2, round);
            RankThreads.Run(ranks, rank =>
            {
                rank.AllReduceSum(new float[round * 100]);
                rank.Dispose();
                return 0;
            });
            Assert.All(ranks, rank => Assert.Equal(1, rank.CompletedCount));
        }
    }

    [Theory]
    [InlineData("AllReduceSum of 40 bytes", "Barrier")]
    [InlineData("AllReduceSum of 40 bytes", "AllReduceSum of 44 bytes")]
    [InlineData("AllReduceSum of 40 bytes", "AllGather of 40 bytes")]
    [InlineData("AllReduceSum of 400000 bytes", "AllReduceSum of 200000 bytes")]
    [InlineData("Broadcast of 8 bytes from rank 0", "Broadcast of 8 bytes from rank 1")]
    [InlineData("Broadcast of 8 bytes from rank 0", "Barrier")]
    [InlineData("Broadcast of 0 bytes from rank 0", "AllGather of 0 bytes")]
    [InlineData("Barrier", "Broadcast of 100000 bytes from rank 1")]
    public void Different_calls_are_named_on_both_ranks(string first, string second)
    {
        var ranks = Connect(2, 3);
        var errors = RankThreads.Errors(ranks, rank => Call(rank, rank.Rank == 0 ? first : second));
        Assert.All(errors, error =>
        {
            Assert.IsType<CollectiveMismatchException>(error);
            Assert.Contains($"rank 0 called {first}", error.Message);
            Assert.Contains($"rank 1 called {second}", error.Message);
        });
        End(ranks);
    }

    internal static void End(IReadOnlyList<ICollective> ranks)
    {
        foreach (var rank in ranks)
            rank.Dispose();
    }

    private static void Call(ICollective rank, string call)
    {
        var words = call.Split(' ');
        var bytes = words.Length > 2 ? int.Parse(words[2]) : 0;
        switch (words[0])
        {
            case "AllReduceSum": rank.AllReduceSum(new float[bytes / 4]); break;
            case "AllGather": rank.AllGather(new byte[bytes], new byte[bytes * rank.WorldSize]); break;
            case "Broadcast": rank.Broadcast(new byte[bytes], int.Parse(words[^1])); break;
            default: rank.Barrier(); break;
        }
    }

    private static float[] Sum(ICollective rank, float[] input)
    {
        float[] values = [.. input];
        rank.AllReduceSum(values);
        return values;
    }

    /// <summary>Values of many magnitudes, so that another order of additions gives other bits.</summary>
    private static float[][] Inputs(Random random, int worldSize, int size) =>
        [.. Enumerable.Range(0, worldSize).Select(_ => Enumerable.Range(0, size)
            .Select(_ => (random.NextSingle() - 0.5f) * (1 << random.Next(24))).ToArray())];

    private static float[] TreeByHand(float[][] parts)
    {
        var level = parts.ToList();
        while (level.Count > 1)
        {
            var next = new List<float[]>();
            for (var i = 0; i < level.Count; i += 2)
                next.Add(i + 1 < level.Count ? Add(level[i], level[i + 1]) : level[i]);
            level = next;
        }
        return level[0];
    }

    private static float[] Add(float[] a, float[] b)
    {
        var sum = new float[a.Length];
        for (var i = 0; i < sum.Length; i++)
            sum[i] = a[i] + b[i];
        return sum;
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static void AssertSameBits(float[] expected, float[] actual, string what) => Assert.True(
        MemoryMarshal.AsBytes<float>(expected).SequenceEqual(MemoryMarshal.AsBytes<float>(actual)), what);
}
