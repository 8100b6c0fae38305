using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Actors.Hosting;
using Xunit;

namespace Gaudi.Tests.Actors.KvTransfer;

/// <summary>Blocks that nobody fetches are freed when their time is over.</summary>
public sealed class KvReleaseTimeTests() : ActorTests(VirtualTime)
{
    private async Task<EngineInOneProcess> StartAsync()
    {
        var settings = Given.Settings("gaudi.kv-transfer { connector = NixlConnector, side-channel-host = here }");
        Assert.Equal(TimeSpan.FromSeconds(300), settings.KvTransfer!.ReleaseTimeout);
        var events = Channel.CreateUnbounded<NodeEvent>();
        var workers = new InProcessWorkers(Sys, settings) { Connectors = [typeof(NixlConnector)] };
        var engine = new EngineInOneProcess(Sys, settings, workers, one => events.Writer.TryWrite(one));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await events.Reader.ReadAsync(limit.Token) is not NodeEvent.GroupChanged { Status.State: "serving" })
        {
        }
        return engine;
    }

    private async Task<ReplicaStatus> StatusAsync(EngineInOneProcess engine)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new GetReplicaStatus("fake/0", probe.Ref));
        return await probe.ExpectMsgAsync<ReplicaStatus>();
    }

    [Fact]
    public async Task After_the_release_timeout_and_not_before()
    {
        var engine = await StartAsync();
        var probe = CreateTestProbe();
        var request = Given.Request("r", Enumerable.Range(1, 10), 1) with { KvTransfer = new KvTransferParams(true, null, []) };
        engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
        await probe.ExpectMsgAsync<TokenGenerated>();
        Assert.Equal("r", (await probe.ExpectMsgAsync<RequestFinished>()).KvTransfer!.Source!.Key);
        Assert.Equal(3, (await StatusAsync(engine)).BlocksUsed);
        Advance(TimeSpan.FromSeconds(299.9));
        Assert.Equal(3, (await StatusAsync(engine)).BlocksUsed);
        Advance(TimeSpan.FromSeconds(0.1));
        var after = await StatusAsync(engine);
        Assert.Equal((0, 1), (after.BlocksUsed, after.Transfers!.LapsedCount));
    }

    [Fact]
    public async Task At_once_when_the_answer_went_nowhere()
    {
        var engine = await StartAsync();
        var probe = CreateTestProbe();
        var request = Given.Request("r", Enumerable.Range(1, 10), 1) with { KvTransfer = new KvTransferParams(true, null, []) };
        engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
        await probe.FishForMessageAsync<RequestFinished>(_ => true);
        engine.Replica.Tell(new AbortRequest("fake/0", "r", 0));
        Assert.Equal((0, 0L), await StatusAsync(engine) is var after ? (after.BlocksUsed, after.Transfers!.LapsedCount) : default);
    }

    [Fact]
    public async Task At_once_when_somebody_says_that_nobody_will_come()
    {
        var engine = await StartAsync();
        var probe = CreateTestProbe();
        var request = Given.Request("r", Enumerable.Range(1, 10), 1) with { KvTransfer = new KvTransferParams(true, null, []) };
        engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
        await probe.FishForMessageAsync<RequestFinished>(_ => true);
        engine.Node.Client!.Release("another model", "r");
        engine.Node.Client.Release("fake", "s");
        Assert.Equal((3, 1), await StatusAsync(engine) is var held ? (held.BlocksUsed, held.HeldCount) : default);
        engine.Node.Client.Release("fake", "r");
        var after = await Gaudi.Tests.Cluster.Eventually.ReadAsync(
            () => StatusAsync(engine), status => status.BlocksUsed == 0, TimeSpan.FromSeconds(20));
        Assert.Equal((0, 0L), (after.HeldCount, after.Transfers!.LapsedCount));
    }

    [Fact]
    public async Task Sooner_when_they_leave_the_next_request_no_room()
    {
        var engine = await StartAsync();
        var probe = CreateTestProbe();
        foreach (var id in new[] { "z", "a" }) // 15 of 32 blocks each.
        {
            var request = Given.Request(id, Enumerable.Range(id[0], 60), 1) with { KvTransfer = new KvTransferParams(true, null, []) };
            engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
            await probe.FishForMessageAsync<RequestFinished>(_ => true);
        }
        engine.Replica.Tell(new Generate("fake/0", Given.Request("next", Enumerable.Range(1, 40), 2), [], probe.Ref));
        await SilentAsync(engine.Replica, probe);
        Advance(TimeSpan.FromSeconds(1.9));
        await SilentAsync(engine.Replica, probe);
        Advance(TimeSpan.FromSeconds(0.1));
        await probe.FishForMessageAsync<RequestFinished>(one => one.RequestId == "next");
        var after = await StatusAsync(engine);
        Assert.Equal((1, 1L), (after.HeldCount, after.Transfers!.LapsedCount));
    }
}
