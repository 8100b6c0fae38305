using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

public sealed class TpSupervisorTimeTests() : ActorTests(VirtualTime)
{
    [Fact]
    public async Task Ranks_that_say_nothing_are_given_up_after_the_limit_and_formed_again_after_the_delay()
    {
        var settings = Given.Settings("gaudi.group { prepare-timeout-ms = 3000, step-timeout-ms = 2000, reform-delay-ms = 500 }").Group;
        var (replica, worker) = (CreateTestProbe(), CreateTestProbe());
        var parts = new TpSupervisorParts("g", Given.Model, settings, CreateTestProbe(), () => "token");
        var group = replica.ChildActorOf(Props.Create(() => new TpSupervisor(parts)));

        group.Tell(new InventoryChanged([Given.Card("a", 0, worker.Ref)]));
        Assert.Equal(TpGroupState.Forming, (await replica.ExpectMsgAsync<GroupChanged>()).Group.State);
        await SettleAsync(group);
        Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("forming the group took longer than 3 s", (await replica.ExpectMsgAsync<GroupChanged>()).Group.Reason);
        await SettleAsync(group);
        Advance(TimeSpan.FromMilliseconds(499));
        await SilentAsync(group, replica);
        Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((TpGroupState.Forming, 2),
            (await replica.ExpectMsgAsync<GroupChanged>()).Group is var again ? (again.State, again.Epoch) : default);

        group.Tell(new RankPrepared("g", 2, 0, "aaaa", FakeRunner.FactsOf()));
        Assert.Equal(TpGroupState.Serving, (await replica.ExpectMsgAsync<GroupChanged>()).Group.State);
        group.Tell(new RunGroupStep(2, new StepPlan(1, [new SequenceStep(1, [1], 0, 1, [0], null, 0)])));
        await SettleAsync(group);
        Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("step 1 took longer than 2 s", (await replica.ExpectMsgAsync<GroupChanged>()).Group.Reason);
    }
}
