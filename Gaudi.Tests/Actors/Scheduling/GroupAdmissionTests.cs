using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>A replica's queue takes a request's choices together, or none of them.</summary>
public sealed class GroupAdmissionTests
{
    private static SchedulerUnderTest New(int waitingMax) => new(SchedulerUnderTest.Small with { WaitingMax = waitingMax });

    private static GenerationRequest Choice(string id, int choice, int size) =>
        Given.Request(id, [1, 2], choice: choice) with { Group = new ChoiceGroup(id, size) };

    [Fact]
    public void Request_that_does_not_fit_whole_is_refused_whole_though_one_choice_would_fit()
    {
        var under = New(waitingMax: 3);
        under.Accept("a", [1]);
        under.Accept("b", [1]);
        Assert.Equal(RefusalKind.QueueFull, under.Reject(Choice("c", 0, 2)).Kind);
        under.RunToEnd();
        Assert.Equal(RefusalKind.QueueFull, under.Reject(Choice("c", 1, 2)).Kind);
        under.Accept(Choice("d", 0, 2));
    }

    [Fact]
    public void Request_that_was_let_in_is_let_in_whole_though_others_came_between()
    {
        var under = New(waitingMax: 2);
        under.Accept(Choice("a", 0, 2));
        under.Accept("b", [1]);
        under.Accept(Choice("a", 1, 2));
        under.Reject(Given.Request("c", [1]));
        under.RunToEnd();
    }

    [Fact]
    public void Idle_replica_takes_as_many_as_may_wait_and_one_and_more_is_wrong()
    {
        var under = New(waitingMax: 2);
        foreach (var choice in Enumerable.Range(0, 3))
            under.Accept(Choice("a", choice, 3));
        under.RunToEnd();
        var refused = under.Reject(Choice("b", 0, 4));
        Assert.Equal((RefusalKind.Invalid, null), (refused.Kind, refused.RetryAfterSeconds));
        Assert.StartsWith("the request has 4 choices; this replica takes 3 at once", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choice_that_had_begun_elsewhere_is_taken_without_its_group()
    {
        var under = New(waitingMax: 1);
        under.Accept("a", [1]);
        under.Reject(Choice("b", 0, 2));
        under.Accept(Choice("b", 1, 2), FakeModel.Continue([1, 2], 1)[0]);
        under.RunToEnd();
    }

    [Fact]
    public void Old_verdicts_are_forgotten()
    {
        var verdicts = new GroupVerdicts();
        Assert.False(verdicts.Admits(new ChoiceGroup("a", 2), 1));
        Assert.False(verdicts.Admits(new ChoiceGroup("a", 2), 2));
        foreach (var other in Enumerable.Range(0, 256))
            verdicts.Admits(new ChoiceGroup($"{other}", 2), 2);
        Assert.True(verdicts.Admits(new ChoiceGroup("a", 2), 2));
        Assert.True(verdicts.Admits(new ChoiceGroup("255", 2), 0));
    }
}
