using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>What the server tells about itself, from what its actors answered.</summary>
public sealed class ReportTests : ActorTests
{
    private readonly TestProbe _supervisor;

    public ReportTests() => _supervisor = CreateTestProbe("reports");

    private static WorkerReport Worker(int card, string? group, int? rank, long? epoch, long collectiveCount) =>
        new(card, 100 + card, "serving", group, rank, epoch, 0, 0, collectiveCount, 0, "digest", [], []);

    private static ModelRunnerFacts Facts(int blockCount) => new("Llama", "float32", 1, 2, 3, blockCount, 5, 6);

    private async Task<EngineReport?> EngineAsync(ReplicaStatus? replica, params WorkerReport[] workers)
    {
        var cards = ImmutableArray.CreateBuilder<CardOffer>();
        var answers = ImmutableDictionary.CreateBuilder<(string Node, int Card), WorkerReport>();
        foreach (var worker in workers)
        {
            cards.Add(Given.Card("n", worker.CardIndex, ActorRefs.Nobody));
            answers.Add(("n", worker.CardIndex), worker);
        }
        return (await AnsweredAsync(new ServerState(cards.ToImmutable(), answers.ToImmutable(), [replica]))).SingleOrDefault();
    }

    private async Task<ImmutableArray<EngineReport>> AnsweredAsync(ServerState state)
    {
        var asking = new ServerReports(_supervisor.Ref).EnginesAsync(CancellationToken.None);
        (await _supervisor.ExpectMsgAsync<OpenReport>()).Answer.SetResult(state);
        return await asking;
    }

    [Fact]
    public async Task Engine_is_told_with_the_smallest_ranks_blocks_and_the_collectives_of_its_own_ranks()
    {
        var counters = EngineCounters.Zero with { PromptTokenCount = 9 };
        var replica = new ReplicaStatus("m/0", "serving", "", false, 4, [], [Facts(30), Facts(20)], 1, 2, 5) { Counters = counters };
        var engine = await EngineAsync(
            replica, Worker(0, "m/0", 1, 4, 77), Worker(1, "m/0", 0, 4, 78), Worker(2, "m/0", 2, 3, 1), Worker(3, "x/0", 0, 4, 2),
            Worker(4, null, null, null, 3));
        Assert.Equal((1, 2, 5, 20, counters), (engine!.RunningCount, engine.WaitingCount, engine.BlocksUsed, engine.BlockCount, engine.Counters));
        Assert.Equal([new RankCollectives(0, 78), new RankCollectives(1, 77)], engine.Collectives.AsEnumerable());
    }

    [Fact]
    public async Task Replica_that_forms_has_no_blocks_and_a_silent_one_tells_nothing()
    {
        Assert.Equal(0, (await EngineAsync(new ReplicaStatus("m/0", "forming", "why", false, 4, [], [], 0, 0, 0)))!.BlockCount);
        Assert.Null(await EngineAsync(null));
    }

    [Fact]
    public async Task Health_of_several_replicas_is_good_while_one_serves_and_names_those_that_do_not()
    {
        ReplicaStatus serving = new("m/0", "serving", "", false, 1, [], [], 0, 0, 0);
        ReplicaStatus degraded = new("m/1", "degraded", "a card is missing", false, 1, [], [], 0, 0, 0);
        Assert.Equal((true, "", "serving", "m/0"), Told(await HealthAsync(serving, serving)));
        Assert.Equal((true, "replica 1: a card is missing", "degraded", "m/1"), Told(await HealthAsync(serving, degraded)));
        Assert.Equal(
            (false, "replica 0: a card is missing; replica 1: the replica does not answer", "degraded", "m/1"),
            Told(await HealthAsync(degraded, null)));
        Assert.Equal((false, "a card is missing", "degraded", "m/1"), Told(await HealthAsync(degraded)));
        Assert.Equal((false, "the replica does not answer", "silent", ""), Told(await HealthAsync([null])));
        Assert.Equal(new HealthReport(false, "this node serves no model"), await HealthAsync());
    }

    [Fact]
    public async Task Every_replica_that_answers_is_told_with_its_index()
    {
        var engines = await AnsweredAsync(new ServerState(
            [], ImmutableDictionary<(string Node, int Card), WorkerReport>.Empty,
            [null, new ReplicaStatus("m/1", "serving", "", false, 1, [], [], 1, 0, 0), new ReplicaStatus("m/2", "serving", "", false, 1, [], [], 2, 0, 0)]));
        Assert.Equal([(1, 1), (2, 2)], engines.Select(engine => (engine.Index, engine.RunningCount)));
    }

    private static (bool, string, string, string) Told(HealthReport health) =>
        (health.IsServing, health.Reason, health.State, health.Group);

    private async Task<HealthReport> HealthAsync(params ReplicaStatus?[] replicas)
    {
        var asking = new ServerReports(_supervisor.Ref).HealthAsync(CancellationToken.None);
        (await _supervisor.ExpectMsgAsync<OpenReport>()).Answer.SetResult(
            new ServerState([], ImmutableDictionary<(string Node, int Card), WorkerReport>.Empty, [.. replicas]));
        return await asking;
    }
}
