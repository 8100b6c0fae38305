using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.KvTransfer;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>The scheduler role: blocks that are brought (rules S10, S11) and blocks that are kept.</summary>
public sealed class RemoteKvTests
{
    private static readonly KvSource Source = new("peer", "there", 1, "remote");
    private static readonly ImmutableArray<int> Prompt = [.. Enumerable.Range(1, 10)];

    private readonly NixlScheduling _connector = Connector(KvRole.Both);

    private static NixlScheduling Connector(KvRole role, int worldSize = 2, int loadsMax = 8) => new(
        new KvConnectorSettings("NixlConnector", role, "engine", "here", 5600, TimeSpan.FromSeconds(5), 0), worldSize, 4, loadsMax);

    private static GenerationRequest Remote(string id, IEnumerable<int> prompt, int blockCount = 3, int tokensMax = 5) =>
        Given.Request(id, prompt, tokensMax) with
        {
            KvTransfer = new KvTransferParams(false, Source with { Key = $"remote {id}" }, [.. Enumerable.Range(50, blockCount)]),
        };

    private static GenerationRequest ForRemote(string id, IEnumerable<int> prompt, int tokensMax = 1) =>
        Given.Request(id, prompt, tokensMax) with { KvTransfer = new KvTransferParams(true, null, []) };

    private static (ImmutableArray<string> Released, ImmutableArray<DroppedSequence> Gone) Loaded(
        SchedulerUnderTest test, Sequence sequence, int rank, bool failureEnds = false, params ReadOnlySpan<int> failed)
    {
        var gone = test.Scheduler.Update(
            rank, new KvTransferNews([], [new KvLoaded(sequence.Id, [.. failed], failed.Length > 0 ? "peer lost" : "")], []), failureEnds);
        test.Scheduler.CheckIntegrity();
        return gone;
    }

    private static ImmutableArray<string> Sent(SchedulerUnderTest test, string key, int rank)
    {
        var released = test.Scheduler.Update(rank, new KvTransferNews([key], [], []), false).Released;
        test.Scheduler.CheckIntegrity();
        return released;
    }

    private static List<int> Generated(Sequence sequence) => [.. sequence.Tokens.Skip(sequence.Request.PromptTokenIds.Length)];

    [Fact]
    public void Sequence_waits_for_its_blocks_without_tokens_while_others_pass()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        var remote = test.Accept(Remote("a", Prompt));
        var local = test.Accept("b", [7, 8], tokensMax: 1);
        var plan = test.Plan()!;
        Assert.Equal([local.Id], plan.Sequences.Select(step => step.SequenceId));
        var load = Assert.Single(plan.Transfers!.Loads);
        Assert.Equal((remote.Id, "remote a"), (load.SequenceId, load.Source.Key));
        Assert.Equal(remote.Blocks, load.LocalBlocks.AsEnumerable());
        Assert.Equal([50, 51, 52], load.RemoteBlocks.AsEnumerable());
        Assert.Equal((RemoteKvState.Loading, 0, 1), (remote.RemoteKv, remote.ComputedCount, test.Scheduler.LoadingCount));
        test.Apply(test.Run(plan));
        Assert.Null(test.Plan());

        test.Bring(remote.Blocks, Prompt.AsSpan());
        Loaded(test, remote, rank: 0);
        Assert.Null(test.Plan()); // The other rank still writes.
        Loaded(test, remote, rank: 0);
        Assert.Null(test.Plan());
        Loaded(test, remote, rank: 1);
        Assert.Equal((RemoteKvState.Loaded, 9), (remote.RemoteKv, remote.ComputedCount));
        plan = test.Plan()!;
        Assert.Equal((9, 10), (plan.Sequences[0].FirstPosition, plan.Sequences[0].TokenIds[0])); // The last position alone.
        test.Apply(test.Run(plan));
        test.RunToEnd();
        Assert.Equal(FakeModel.Continue(Prompt, 5), Generated(remote));
        Assert.Equal((0, 9L, 9), (test.Scheduler.BlocksUsed, test.Scheduler.Counters.ExternalTokenCount, remote.CachedTokenCount));
        Assert.Equal(0, test.Scheduler.Counters.CacheHitTokenCount);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 4)]
    [InlineData(2, 8)]
    public void Load_that_failed_is_computed_from_the_valid_prefix_on(int firstFailed, int computedCount)
    {
        var test = new SchedulerUnderTest(connector: Connector(KvRole.Consumer));
        var remote = test.Accept(Remote("a", Prompt));
        test.Step();
        test.Bring(remote.Blocks, Prompt.AsSpan(0, computedCount));
        Loaded(test, remote, 1, false, remote.Blocks.AsSpan()[firstFailed..]);
        Loaded(test, remote, 0);
        Assert.Equal(computedCount, remote.ComputedCount);
        test.RunToEnd();
        Assert.Equal(FakeModel.Continue(Prompt, 5), Generated(remote));
        Assert.Equal((0, (long)computedCount), (test.Scheduler.BlocksUsed, test.Scheduler.Counters.ExternalTokenCount));
    }

    [Fact]
    public void Policy_fail_ends_the_sequence_with_the_reason()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        var remote = test.Accept(Remote("a", Prompt));
        test.Step();
        Assert.Empty(Loaded(test, remote, 0, failureEnds: true).Gone);
        var gone = Assert.Single(Loaded(test, remote, 1, failureEnds: true, remote.Blocks.AsSpan()).Gone);
        Assert.Equal((remote, "rank 1: peer lost"), (gone.Sequence, gone.Reason));
        Assert.Equal((0, 0), (test.Scheduler.BlocksUsed, test.Scheduler.WaitingCount));
    }

    [Fact]
    public void Cached_prefix_is_not_brought_and_a_whole_one_releases_the_peer()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        test.Accept("first", Prompt[..9], tokensMax: 1);
        test.RunToEnd();
        var remote = test.Accept(Remote("a", Prompt));
        var load = Assert.Single(test.Plan()!.Transfers!.Loads);
        Assert.Equal([52], load.RemoteBlocks.AsEnumerable());
        Assert.Equal(remote.Blocks[2..], load.LocalBlocks.AsEnumerable());

        var again = new SchedulerUnderTest(connector: Connector(KvRole.Both));
        again.Accept("first", Prompt[..9], tokensMax: 1);
        again.RunToEnd();
        again.Accept(Remote("b", Prompt[..9]));
        var plan = again.Plan()!;
        Assert.Single(plan.Sequences);
        var release = Assert.Single(plan.Transfers!.Loads);
        Assert.Equal((0, "remote b"), (release.LocalBlocks.Length, release.Source.Key));
    }

    [Fact]
    public void Match_changes_nothing_and_says_ask_again_while_too_many_loads_run()
    {
        var connector = Connector(KvRole.Both, loadsMax: 1);
        var test = new SchedulerUnderTest(connector: connector);
        var (first, second) = (test.Accept(Remote("a", Prompt)), test.Accept(Remote("b", Enumerable.Range(20, 6), blockCount: 2)));
        Assert.Equal(new KvMatch(9, true), connector.Match(first, 0));
        Assert.Equal(new KvMatch(9, true), connector.Match(first, 0));
        test.Step();
        Assert.Null(connector.Match(second, 0));
        Assert.Equal((RemoteKvState.Loading, RemoteKvState.Unasked), (first.RemoteKv, second.RemoteKv));
        Loaded(test, first, 0);
        Loaded(test, first, 1);
        test.Bring(first.Blocks, Prompt.AsSpan());
        test.Plan();
        Assert.Equal(RemoteKvState.Loading, second.RemoteKv);
    }

    [Fact]
    public void Aborted_load_keeps_its_blocks_until_every_rank_has_ended()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        var remote = test.Accept(Remote("a", Prompt));
        test.Step();
        Assert.True(test.Scheduler.Abort(remote));
        test.Scheduler.CheckIntegrity();
        Assert.Equal((3, 0), (test.Scheduler.BlocksUsed, test.Scheduler.WaitingCount));
        Loaded(test, remote, 0);
        Assert.Equal(3, test.Scheduler.BlocksUsed);
        Loaded(test, remote, 1);
        Assert.Equal(0, test.Scheduler.BlocksUsed);
        var unasked = test.Accept(Remote("b", Prompt));
        Assert.True(test.Scheduler.Abort(unasked));
        Assert.Equal("remote b", Assert.Single(test.Plan()!.Transfers!.Loads).Source.Key);
    }

    [Fact]
    public void Ended_epoch_voids_loads_and_their_peers_are_told()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        var remote = test.Accept(Remote("a", Prompt));
        test.Step();
        Assert.Empty(test.LoseEpoch());
        Assert.Equal((RemoteKvState.Settled, 0), (remote.RemoteKv, test.Scheduler.BlocksUsed));
        var plan = test.Plan()!;
        Assert.Equal(("remote a", 0), plan.Transfers!.Loads[0] is var load ? (load.Source.Key, load.LocalBlocks.Length) : default);
        test.Apply(test.Run(plan));
        test.RunToEnd();
        Assert.Equal(FakeModel.Continue(Prompt, 5), Generated(remote));
    }

    [Fact]
    public void Prompt_is_offered_with_the_step_that_ends_it_and_kept_until_every_rank_was_read()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        var sequence = test.Accept(ForRemote("p", Prompt));
        var first = test.Plan()!;
        Assert.Null(first.Transfers); // 8 of 10 tokens.
        test.Apply(test.Run(first));
        var last = test.Plan()!;
        var offer = Assert.Single(last.Transfers!.Offers);
        Assert.Equal("p", offer.Key);
        Assert.Equal(sequence.Blocks, offer.Blocks.AsEnumerable());
        var progress = Assert.Single(test.Apply(test.Run(last)));
        Assert.Equal(new KvSource("engine", "here", 5600, "p"), progress.KvTransfer!.Source);
        Assert.Equal(sequence.Blocks, progress.KvTransfer.RemoteBlocks.AsEnumerable());
        Assert.False(progress.KvTransfer.IsForRemoteDecode);
        Assert.Equal((0, 3, 1), (test.Scheduler.RunningCount, test.Scheduler.BlocksUsed, test.Scheduler.HeldCount));

        Assert.Empty(Sent(test, "p", 0));
        Assert.Empty(Sent(test, "p", 0));
        Assert.Empty(Sent(test, "somebody's", 1));
        Assert.Equal(["p"], Sent(test, "p", 1).AsEnumerable());
        Assert.Equal((0, 0), (test.Scheduler.BlocksUsed, test.Scheduler.HeldCount));
        var next = test.Plan()!;
        Assert.Empty(next.Sequences);
        Assert.Equal(["p"], next.Transfers!.Withdrawals.AsEnumerable());
    }

    [Fact]
    public void Kept_blocks_are_withdrawn_in_the_step_that_takes_them_again()
    {
        var test = new SchedulerUnderTest(kvBlockCount: 4, maxModelLen: 16, connector: _connector);
        test.Accept(ForRemote("p", Prompt));
        test.Step();
        test.Step();
        var other = test.Accept("o", Enumerable.Range(30, 8), tokensMax: 2);
        Assert.Null(test.Plan()); // One block is free, and it needs two.
        Assert.True(test.Scheduler.Release("p"));
        Assert.False(test.Scheduler.Release("p"));
        var plan = test.Plan()!;
        Assert.Equal(["p"], plan.Transfers!.Withdrawals.AsEnumerable());
        Assert.Equal([other.Id], plan.Sequences.Select(step => step.SequenceId));
        test.Apply(test.Run(plan));
        test.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(other);
    }

    [Fact]
    public void Answer_that_ends_with_a_stop_token_keeps_nothing()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        var stop = FakeModel.Continue(Prompt, 1)[0];
        test.Accept(ForRemote("p", Prompt) with { StopTokenIds = [stop], TokensMax = 4 });
        test.Step();
        Assert.Null(Assert.Single(test.Apply(test.Run(test.Plan()!))).KvTransfer);
        Assert.Equal((0, 0), (test.Scheduler.BlocksUsed, test.Scheduler.HeldCount));
        Assert.Equal(["p"], test.Plan()!.Transfers!.Withdrawals.AsEnumerable());
    }

    [Fact]
    public void Lost_epoch_keeps_nothing()
    {
        var test = new SchedulerUnderTest(connector: _connector);
        test.Accept(ForRemote("p", Prompt));
        test.Step();
        test.Step();
        test.LoseEpoch();
        Assert.Equal((0, 0), (test.Scheduler.BlocksUsed, test.Scheduler.HeldCount));
        Assert.Null(test.Plan());
        Assert.Empty(Sent(test, "p", 0));
    }

    [Fact]
    public void Roles_and_requests_that_need_every_row_bring_nothing()
    {
        Assert.Equal(0, Wanted(KvRole.Producer, Remote("a", Prompt)));
        Assert.Equal(0, Wanted(KvRole.Consumer, Remote("a", Prompt) with { PromptLogprobCount = 1 }));
        Assert.Equal(0, Wanted(KvRole.Consumer, Given.Request("a", Prompt)));
        Assert.Equal(0, Wanted(KvRole.Consumer, Remote("a", [5])));
        Assert.Equal(4, Wanted(KvRole.Consumer, Remote("a", Prompt, blockCount: 1)));
        Assert.Equal(9, Wanted(KvRole.Consumer, Remote("a", Prompt, blockCount: 30)));
        Assert.Equal(0, Wanted(KvRole.Consumer, Remote("a", Prompt), 4));

        static int Wanted(KvRole role, GenerationRequest request, params ReadOnlySpan<int> emitted)
        {
            var connector = Connector(role);
            return connector.Match(new SchedulerUnderTest(connector: connector).Accept(request, emitted), 0)!.Value.TokenCount;
        }
    }

    [Fact]
    public void Sequence_whose_blocks_are_there_passes_one_that_has_no_room()
    {
        // The first needs two of four blocks for its next token; the loaded one holds three and would wait behind it for ever.
        var test = new SchedulerUnderTest(
            SchedulerUnderTest.Small with { SequencesMax = 2 }, maxModelLen: 16, kvBlockCount: 4, connector: Connector(KvRole.Consumer, worldSize: 1));
        var first = test.Accept("first", [1, 2, 3], tokensMax: 6);
        test.Step();
        var remote = test.Accept(Remote("a", Prompt));
        test.Step();
        Assert.Equal(RemoteKvState.Loading, remote.RemoteKv);
        while (first.Blocks.Length > 0)
            test.Step();
        Assert.Null(test.Plan()); // It gave its block back and needs two.
        test.Bring(remote.Blocks, Prompt.AsSpan());
        Loaded(test, remote, 0);
        test.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(first);
        SchedulerUnderTest.AssertAsAlone(remote);
    }

    [Fact]
    public void Any_mix_of_loads_failures_aborts_and_lost_epochs_ends_with_the_tokens_of_each_alone()
    {
        for (var seed = 0; seed < 60; seed++)
            Mix(seed);
    }

    // Everything but the loss of an epoch happens also while a step runs.
    private static void Mix(int seed)
    {
        var random = new Random(seed);
        var worldSize = random.Next(1, 3);
        var test = new SchedulerUnderTest(
            SchedulerUnderTest.Small with { SequencesMax = 4, WaitingMax = 100, FailedStepsMax = 100 }, kvBlockCount: random.Next(16, 30),
            connector: Connector(KvRole.Both, worldSize, loadsMax: random.Next(1, 4)));
        List<Sequence> all = [], aborted = [];
        List<(Sequence Sequence, int Rank)> loading = [];
        List<string> held = [];
        for (var round = 0; round < 120; round++)
        {
            var kind = round < 80 ? random.Next(8) : 7;
            int[] prompt = [.. Enumerable.Range(random.Next(3), random.Next(1, 20))];
            if (kind == 0)
                all.Add(test.Accept(Remote($"{round}", prompt, (prompt.Length + 3) / 4, random.Next(1, 9))));
            else if (kind == 1)
                all.Add(test.Accept(ForRemote($"{round}", prompt, random.Next(1, 3))));
            else if (kind == 2)
                all.Add(test.Accept($"{round}", prompt, random.Next(1, 9)));
            else if (kind == 3 && random.Next(6) == 0)
            {
                Assert.Empty(test.LoseEpoch());
                loading.Clear();
                held.Clear();
            }
            var isBetween = random.Next(2) == 0;
            if (!isBetween)
                Happen(canAbort: kind == 4);
            if (test.Plan() is { } plan)
            {
                loading.AddRange((plan.Transfers?.Loads ?? []).Where(load => !load.LocalBlocks.IsEmpty).SelectMany(load =>
                    Enumerable.Range(0, worldSize).Select(rank => (all.Single(one => one.Id == load.SequenceId), rank))));
                if (isBetween)
                    Happen(canAbort: kind == 4);
                held.AddRange(test.Apply(test.Run(plan)).Select(progress => progress.KvTransfer?.Source?.Key).OfType<string>());
            }
        }
        foreach (var (sequence, rank) in loading)
            Loaded(test, sequence, rank, false, sequence.Blocks.AsSpan());
        foreach (var key in held)
            Assert.True(test.Scheduler.Release(key), $"seed {seed}: {key} was not held");
        test.RunToEnd();
        Assert.All(all, SchedulerUnderTest.AssertAsAlone);
        Assert.All(all.Except(aborted), one => Assert.Equal(one.Request.TokensMax, one.GeneratedCount));

        void Happen(bool canAbort)
        {
            if (canAbort && all.Count > 0 && random.Next(3) == 0)
            {
                aborted.Add(all[random.Next(all.Count)]);
                test.Scheduler.Abort(aborted[^1]);
                test.Scheduler.CheckIntegrity();
            }
            if (loading.Count > 0 && random.Next(2) == 0)
            {
                var index = random.Next(loading.Count);
                var (sequence, rank) = loading[index];
                loading.RemoveAt(index);
                var goodCount = random.Next(4) == 0 ? random.Next(sequence.Blocks.Length) : sequence.Blocks.Length;
                var promptIds = sequence.Request.PromptTokenIds.AsSpan();
                test.Bring(sequence.Blocks, promptIds[..Math.Min(goodCount * 4, promptIds.Length)]);
                Loaded(test, sequence, rank, false, sequence.Blocks.AsSpan()[goodCount..]);
            }
            if (held.Count > 0 && random.Next(3) == 0)
            {
                for (var rank = 0; rank < worldSize; rank++)
                    Sent(test, held[0], rank);
                held.RemoveAt(0);
            }
        }
    }
}
