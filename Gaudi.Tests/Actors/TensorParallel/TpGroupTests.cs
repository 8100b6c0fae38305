using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

public sealed class TpGroupTests
{
    private static TpGroup Formed() =>
        TpGroup.Empty("g").Form([Given.Card("a", 0, ActorRefs.Nobody), Given.Card("a", 1, ActorRefs.Nobody)]);

    private static RankPrepared Prepared(int rank, long epoch = 1, string group = "g") =>
        new(group, epoch, rank, "aaaa", FakeRunner.FactsOf());

    private static StepCompleted Done(int rank, ulong digest = 5, long collectives = 3, long step = 1, long epoch = 1) =>
        new("g", epoch, rank, new StepOutput(step, [], digest), collectives);

    private static TpGroup Serving() => Formed().With(Prepared(0)).With(Prepared(1)).Commit();

    [Fact]
    public void Group_serves_when_every_rank_is_prepared()
    {
        var group = Formed();
        Assert.Equal((TpGroupState.Forming, 1), (group.State, group.Epoch));
        group = group.With(Prepared(1));
        Assert.False(group.IsPrepared);
        Assert.Throws<InvariantBrokenException>(group.Commit);
        Assert.Equal(TpGroupState.Serving, group.With(Prepared(0)).Commit().State);
    }

    [Fact]
    public void Messages_of_another_epoch_or_group_change_nothing_and_are_counted()
    {
        var group = Formed();
        Assert.Equal(group with { StaleCount = 1 }, group.With(Prepared(0, epoch: 2)));
        Assert.Equal(group with { StaleCount = 2 }, group.With(Prepared(0, epoch: 0)).With(Prepared(0, group: "other")));
        var stepping = Serving().Step(1);
        Assert.Equal(stepping with { StaleCount = 2 }, stepping.With(Done(0, epoch: 0)).With(Done(1, step: 2)));
    }

    [Fact]
    public void Step_is_complete_when_every_rank_gave_the_same_answer()
    {
        var group = Serving().Step(1).With(Done(1));
        Assert.False(group.IsStepComplete);
        var (next, output, disagreement) = group.With(Done(0)).Take();
        Assert.Equal((TpGroupState.Serving, 5UL, null), (next.State, output.LogitsDigest, disagreement));
        Assert.Equal(2, next.Step(2).StepNumber);
    }

    [Fact]
    public void Ranks_that_differ_in_logits_or_collectives_are_named()
    {
        Assert.Equal(
            "rank 1 has logits 0000000000000006 after 3 collectives, rank 0 has 0000000000000005 after 3",
            Serving().Step(1).With(Done(0)).With(Done(1, digest: 6)).Take().Disagreement);
        Assert.Equal(
            "rank 1 has logits 0000000000000005 after 4 collectives, rank 0 has 0000000000000005 after 3",
            Serving().Step(1).With(Done(0)).With(Done(1, collectives: 4)).Take().Disagreement);
    }

    [Fact]
    public void Steps_count_from_one_without_gaps()
    {
        Assert.Throws<InvariantBrokenException>(() => Serving().Step(2));
        Assert.Throws<InvariantBrokenException>(() => Serving().Step(1).Step(2));
        Assert.Throws<InvariantBrokenException>(() => Formed().Step(1));
    }

    [Fact]
    public void Every_formation_is_one_epoch_later_and_After_skips_what_others_have_seen()
    {
        var group = Serving().Degrade("a rank is gone", isFinal: false);
        Assert.Equal((TpGroupState.Degraded, 1, "a rank is gone"), (group.State, group.Epoch, group.Reason));
        Assert.Equal(2, group.Form([Given.Card("a", 0, ActorRefs.Nobody)]).Epoch);
        Assert.Equal(10, group.After(9).Form([Given.Card("a", 0, ActorRefs.Nobody)]).Epoch);
        Assert.Equal(1, group.After(0).Epoch);
    }
}
