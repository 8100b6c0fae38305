using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.KvTransfer;

/// <summary>The worker role over lanes in memory: in tree and as the plugin has it, with the same blocks in the end.</summary>
public sealed class NixlConnectorTests
{
    private static readonly KvModelFacts Model = new("digest", "float32", 4, "bytes", false);

    private readonly InProcessTransferLanes _lanes = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly LaneMemory _mine = new(2, 16, 64, seed: 1);
    private readonly LaneMemory _theirs = new(2, 32, 64, seed: 2);

    private KvConnector Connector(OpTable table, KvRole role, LaneMemory memory, int blockCount, KvModelFacts? model = null)
    {
        var settings = new KvConnectorSettings("NixlConnector", role, $"engine {role}", "here", 5600, TimeSpan.FromSeconds(5), 0);
        var connector = table.CreateNamed<KvConnector>(
            settings.Connector, new KvConnectorSpec("kv_connector", ScalarType.Float32, CPU, settings, Rank: 1));
        connector.RegisterCaches(
            new KvCaches([.. memory.Blocks], blockCount, "bytes"), model ?? Model, worldSize: 2, _lanes, () => _news.Release());
        return connector;
    }

    private KvLoaded Load(KvConnector connector, string key, int[] local, int[] remote, string engine = "engine Producer",
        string digest = "prompt")
    {
        connector.StartLoads(new KvTransferStep(
            [], [new KvLoad(7, new KvSource(engine, "here", 5600, key), digest, [.. local], [.. remote])], []));
        while (true)
        {
            if (connector.TakeFinished().Received is [var loaded])
                return loaded;
            Assert.True(_news.Wait(TimeSpan.FromSeconds(30)), "the load did not end");
        }
    }

    public static TheoryData<bool> Tables => [false, true];

    private static OpTable Table(bool isPlugin) => isPlugin ? PluginOps.Table() : OpTableOf();

    private static OpTable OpTableOf() => new OpRegistry(OpRegistry.OpsOf(typeof(NixlConnector).Assembly), OpDispatch.Native).Seal();

    [Theory]
    [MemberData(nameof(Tables))]
    public void Offered_blocks_are_read_and_the_peer_is_told(bool isPlugin)
    {
        using var producer = Connector(Table(isPlugin), KvRole.Producer, _theirs, 32);
        using var consumer = Connector(Table(isPlugin), KvRole.Consumer, _mine, 16);
        producer.MakeOffers(new KvTransferStep([], [], [new KvOffer("key", "prompt", [4, 5, 6, 20, 9])]));
        Assert.Equal(
            new KvLoaded(7, [], ""), Load(consumer, "key", [1, 2, 3, 4, 8], [4, 5, 6, 20, 9]) with { FailedBlocks = [] });
        Assert.Equal(new[] { 4, 5, 6, 20, 9 }.Select(_theirs.Block), new[] { 1, 2, 3, 4, 8 }.Select(_mine.Block));
        Assert.Equal(["key"], producer.TakeFinished().Sent.AsEnumerable());

        var other = Load(consumer, "key", [5], [4], digest: "another prompt");
        Assert.Contains("was computed from another prompt", other.Failure);
        Assert.Equal([5], other.FailedBlocks.AsEnumerable());
        Assert.Equal(["key"], producer.TakeFinished().Sent.AsEnumerable()); // Also of a load that failed: nobody comes again.
        consumer.StartLoads(new KvTransferStep([], [new KvLoad(8, new KvSource("engine Producer", "here", 5600, "key"), "", [], [])], []));
        Assert.Equal(["key"], producer.TakeFinished().Sent.AsEnumerable());
        producer.StartLoads(new KvTransferStep(["key"], [], []));
        Assert.Contains("key is not offered", Load(consumer, "key", [5], [4]).Failure);
        Assert.Empty(producer.TakeFinished().Sent);
    }

    [Fact]
    public void Plugin_reads_neighbours_at_once_and_the_tree_block_by_block()
    {
        ImmutableArray<int> local = [1, 2, 3, 4, 8, 9], remote = [4, 5, 6, 20, 21, 22];
        using var tree = Connector(OpTableOf(), KvRole.Consumer, _mine, 16);
        using var plugin = Connector(PluginOps.Table(), KvRole.Consumer, _mine, 16);
        Assert.Equal(6, tree.Forward(local, remote).Length);
        Assert.Equal([new BlockRun(1, 4, 3), new BlockRun(4, 20, 1), new BlockRun(8, 21, 2)], plugin.Forward(local, remote).AsEnumerable());
        var many = Enumerable.Range(0, 20).ToImmutableArray();
        Assert.Equal([8, 8, 4], plugin.Forward(many, many).Select(run => run.Count));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Any_ids_give_runs_that_cover_every_block_in_order(bool isPlugin)
    {
        const int seed = 5;
        var random = new Random(seed);
        using var connector = Connector(Table(isPlugin), KvRole.Consumer, _mine, 16);
        for (var round = 0; round < 200; round++)
        {
            var count = random.Next(1, 40);
            ImmutableArray<int> local = [.. Ids(count)], remote = [.. Ids(count)];
            var runs = connector.Forward(local, remote);
            Assert.Equal(local, runs.SelectMany(run => Enumerable.Range(run.FirstLocal, run.Count)));
            Assert.Equal(remote, runs.SelectMany(run => Enumerable.Range(run.FirstRemote, run.Count)));
        }

        IEnumerable<int> Ids(int count)
        {
            for (var (i, id) = (0, random.Next(100)); i < count; i++, id = random.Next(3) == 0 ? random.Next(100) : id + 1)
                yield return id;
        }
    }

    [Fact]
    public void Peer_of_another_model_is_refused_and_the_next_load_is_read()
    {
        using var other = Connector(OpTableOf(), KvRole.Producer, _theirs, 32, Model with { Dtype = "bfloat16" });
        using var consumer = Connector(OpTableOf(), KvRole.Consumer, _mine, 16);
        other.MakeOffers(new KvTransferStep([], [], [new KvOffer("key", "prompt", [0])]));
        var refused = Load(consumer, "key", [1], [0]);
        Assert.Contains("dtype is float32 here and bfloat16 there", refused.Failure);
        Assert.Equal([1], refused.FailedBlocks.AsEnumerable());
        other.Dispose();
        using var same = Connector(OpTableOf(), KvRole.Producer, _theirs, 32);
        same.MakeOffers(new KvTransferStep([], [], [new KvOffer("key", "prompt", [0])]));
        Assert.Contains("engine older was expected", Load(consumer, "key", [1], [0], "older").Failure);
        Assert.Contains("block 32 was asked for, the peer has 32", Load(consumer, "key", [1], [32]).Failure);
        Assert.Equal("", Load(consumer, "key", [1], [0]).Failure);
    }

    [Fact]
    public void Reset_forgets_offers_and_loads()
    {
        using var producer = Connector(OpTableOf(), KvRole.Producer, _theirs, 32);
        using var consumer = Connector(OpTableOf(), KvRole.Consumer, _mine, 16);
        producer.MakeOffers(new KvTransferStep([], [], [new KvOffer("key", "prompt", [0])]));
        consumer.StartLoads(new KvTransferStep(
            [], [new KvLoad(7, new KvSource("engine Producer", "here", 5600, "key"), "prompt", [1], [0])], []));
        consumer.Reset();
        Assert.Empty(consumer.TakeFinished().Received);
        producer.Reset();
        Assert.Contains("key is not offered", Load(consumer, "key", [1], [0]).Failure);
    }

    [Fact]
    public void Unknown_connector_is_refused_by_name() => Assert.Equal(
        "no KvConnector is called LMCacheConnector; registered: NixlConnector",
        Assert.Throws<OpConfigurationException>(() => OpTableOf().CreateNamed<KvConnector>(
            "LMCacheConnector", new KvConnectorSpec("p", ScalarType.Float32, CPU, null!, 0))).Message);
}
