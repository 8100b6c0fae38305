using System.Globalization;
using System.Runtime.InteropServices;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>The ledger against what the kernel says of the process. Runs alone: other tests' memory would count.</summary>
[Collection(nameof(MemoryLedgerTests))]
[CollectionDefinition(nameof(MemoryLedgerTests), DisableParallelization = true)]
public sealed class MemoryLedgerTests
{
    private const long SlackBytes = 24L << 20; // code compiled, the allocator's own pages

    [Fact]
    public void Leases_cover_the_anonymous_memory_a_loaded_and_used_model_takes()
    {
        using var model = RandomModel.Write(new RandomModelShape
        {
            Hidden = 256, Ffn = 512, Layers = 1, Heads = 4, KvHeads = 4, HeadDim = 64, Vocabulary = 50_000,
            MaxPositions = 1024, IsTied = true,
        });
        using var card = Runners.Card();
        WarmUp();
        var before = AnonymousBytes();
        using var runner = ModelLoader.Load(
            Runners.Settings(model.Folder), card, OpTable.InTree(), new SingleRankCollective(1));
        var prompt = Enumerable.Range(0, 1000);
        new Script(1, prompt, [.. Enumerable.Range(0, 64)], Script.Greedy).Generate(runner, 4);
        var taken = AnonymousBytes() - before;
        // 51 MB of weights and 2 MB of cache are surely touched; activations and logits as far as the steps used them.
        var touched = runner.Facts.WeightBytes + runner.Facts.KvBytes;
        Assert.True(touched > 2 * SlackBytes, $"{touched} bytes would drown in the slack");
        Assert.InRange(taken, touched - SlackBytes, card.UsedBytes + SlackBytes);
    }

    // Loads libtorch and compiles the path, so that only the model's own memory is measured.
    private static void WarmUp()
    {
        using var small = RandomModel.Write(new RandomModelShape());
        Runners.Run(Runners.Settings(small.Folder), 1, runner =>
            new Script(1, [1, 2, 3], [0, 1], Script.Greedy).Generate(runner, 4));
    }

    // Without the managed heap, whose garbage comes and goes with the tests before, and without what they freed: the
    // allocator would hand that out again, and the model would seem to take nothing.
    private static long AnonymousBytes()
    {
        _ = TrimAllocator(0);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var managed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        var line = File.ReadLines("/proc/self/status").Single(one => one.StartsWith("RssAnon:", StringComparison.Ordinal));
        var kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        return (long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024) - managed;
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int TrimAllocator(nuint keptBytes);
}
