using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.KvTransfer;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Blocks that nobody will fetch: who is told, and what becomes of those that stand in the way.</summary>
public sealed class RemoteKvReleaseTests
{
    private static readonly ImmutableArray<int> Prompt = [.. Enumerable.Range(1, 10)];

    private static NixlScheduling Connector(KvRole role) => new(
        new KvConnectorSettings("NixlConnector", role, "engine", "here", 5600, TimeSpan.FromSeconds(5), 0), 1, 4, 8);

    private static GenerationRequest Remote(string id, int promptCount = 10) =>
        Given.Request(id, Enumerable.Range(promptCount, promptCount), 5) with
        {
            KvTransfer = new KvTransferParams(false, new KvSource("peer", "there", 1, $"remote {id}"), [.. Enumerable.Range(50, 8)]),
        };

    private static GenerationRequest ForRemote(string id, IEnumerable<int> prompt) =>
        Given.Request(id, prompt, 1) with { KvTransfer = new KvTransferParams(true, null, []) };

    private static IEnumerable<(string, int)> Notices(SchedulerUnderTest test) =>
        test.Step()?.Transfers?.Loads.Select(load => (load.Source.Key, load.LocalBlocks.Length)) ?? [];

    private static void Loaded(SchedulerUnderTest test, Sequence sequence)
    {
        test.Bring(sequence.Blocks, [.. sequence.Tokens]);
        test.Scheduler.Update(0, new KvTransferNews([], [new KvLoaded(sequence.Id, [], "")], []), failureEnds: false);
        test.Scheduler.CheckIntegrity();
    }

    [Fact]
    public void Peer_of_a_request_that_was_turned_away_is_told_with_the_next_step()
    {
        var test = new SchedulerUnderTest(connector: Connector(KvRole.Consumer));
        Assert.True(test.Scheduler.Decline(Remote("a")));
        Assert.Equal([("remote a", 0)], Notices(test));
        Assert.Empty(Notices(test));
        Assert.False(test.Scheduler.Decline(Given.Request("b", Prompt)));
        Assert.False(new SchedulerUnderTest().Scheduler.Decline(Remote("a")));
        Assert.False(new SchedulerUnderTest(connector: Connector(KvRole.Producer)).Scheduler.Decline(Remote("a")));
    }

    [Fact]
    public void Notices_that_no_step_carries_away_have_an_end()
    {
        var test = new SchedulerUnderTest(connector: Connector(KvRole.Consumer));
        Assert.Equal(1024, Enumerable.Range(0, 3000).Count(i => test.Scheduler.Decline(Remote($"{i}"))));
        Assert.Equal(1024, Notices(test).Count());
        Assert.True(test.Scheduler.Decline(Remote("a")));
    }

    [Fact]
    public void Peer_of_a_choice_that_a_smaller_group_drops_is_told()
    {
        var test = new SchedulerUnderTest(connector: Connector(KvRole.Consumer));
        test.Accept(Remote("a"));
        test.LoseEpoch();
        var moved = test.Scheduler.MovedTo(test.Facts with { MaxModelLen = 8 }, out var dropped);
        Assert.Single(dropped);
        Assert.Equal("remote a", Assert.Single(moved.Plan(1)!.Transfers!.Loads).Source.Key);
    }

    [Theory]
    [InlineData(4)] // It is let in and comes to a stop on its way.
    [InlineData(10)] // It is not let in.
    public void Kept_blocks_crowd_only_where_nothing_else_will_make_room(int heldTokenCount)
    {
        var test = new SchedulerUnderTest(maxModelLen: 24, kvBlockCount: heldTokenCount == 4 ? 6 : 7, connector: Connector(KvRole.Both));
        foreach (var id in new[] { "z", "a" })
            test.Accept(ForRemote(id, Enumerable.Range(id[0], heldTokenCount)));
        while (test.Step() is not null)
        {
        }
        Assert.Equal((2, null), (test.Scheduler.HeldCount, test.Scheduler.CrowdingKey)); // Nobody waits.

        test.Accept("other", [7], tokensMax: 2);
        test.Step();
        test.Step();
        var large = test.Accept("large", Enumerable.Range(30, 21), tokensMax: 1);
        List<string> released = [];
        while (test.Scheduler.RunningCount + test.Scheduler.WaitingCount > 0)
        {
            if (test.Step() is { } step)
            {
                Assert.True(step.Sequences.IsEmpty || test.Scheduler.CrowdingKey is null); // What runs makes room by itself.
                continue;
            }
            released.Add(test.Scheduler.CrowdingKey!);
            Assert.True(test.Scheduler.Release(released[^1]));
        }
        Assert.Equal(["z", "a"], released); // In the order in which they came.
        Assert.Equal(0, large.PreemptionCount);
        SchedulerUnderTest.AssertAsAlone(large);
    }

    [Fact]
    public void Sequences_that_load_or_have_loaded_count_among_those_that_run()
    {
        var test = new SchedulerUnderTest(connector: Connector(KvRole.Consumer));
        Sequence[] all = [test.Accept(Remote("a")), test.Accept(Remote("b", 11)), test.Accept(Remote("c", 12)), test.Accept(Remote("d", 13))];
        test.Step();
        Assert.Equal("LLUU", States());
        Loaded(test, all[1]);
        test.Step(); // It runs, and its place is not free.
        Assert.Equal("LlUU", States());
        Loaded(test, all[0]);
        while (test.Scheduler.RunningCount > 0 || all[2].RemoteKv == RemoteKvState.Unasked)
            test.Step();
        test.Step();
        Assert.Equal("SSLL", States()); // The first two have ended.
        Assert.Equal((2, 2), (test.Scheduler.DeferredCount, test.Scheduler.LoadingCount));
        Assert.True(test.Scheduler.Abort(all[2]));
        Assert.Equal((1, 2), (test.Scheduler.DeferredCount, test.Scheduler.LoadingCount));
        Loaded(test, all[3]);
        test.Scheduler.Update(0, new KvTransferNews([], [new KvLoaded(all[2].Id, [], "")], []), failureEnds: false);
        test.RunToEnd();
        foreach (var one in all.Where(one => one != all[2]))
            SchedulerUnderTest.AssertAsAlone(one);
        Assert.Equal((9 + 10 + 12, 10 + 11 + 13), (
            test.Scheduler.Counters.ExternalTokenCount, test.Scheduler.Counters.ExternalQueriedTokenCount));

        string States() => string.Concat(all.Select(one => one.RemoteKv switch
        {
            RemoteKvState.Unasked => 'U', RemoteKvState.Loading => 'L', RemoteKvState.Loaded => 'l', _ => 'S',
        }));
    }
}
