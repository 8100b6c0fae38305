using System.Text.RegularExpressions;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Answers of a given form: what masks a step carries, when the answer is over, what a restart does.</summary>
public sealed class FormTests
{
    private const int Eos = 3;

    private static GenerationRequest Request(string expression, int tokensMax = 20) =>
        Given.Request("r", [1, 2, 3], tokensMax, 0, Eos) with { Constraint = FakeForms.Regex(expression) };

    private static string AnswerOf(Sequence sequence) =>
        FakeForms.TextOf(sequence.Tokens.Skip(sequence.Request.PromptTokenIds.Length).Where(token => token != Eos));

    [Theory]
    [InlineData("[a-d]{4,7}")]
    [InlineData("(yes|no|maybe)")]
    [InlineData("a(bc)*d")]
    public void Answer_has_its_form_and_ends_with_it(string expression)
    {
        var under = new SchedulerUnderTest();
        var sequence = under.Accept(Request(expression, 40));
        under.RunToEnd();
        Assert.Matches($"^({expression})$", AnswerOf(sequence));
        Assert.True(sequence.GeneratedCount < 40);
    }

    [Fact]
    public void End_is_allowed_where_the_answer_is_whole_and_nowhere_else()
    {
        var under = new SchedulerUnderTest();
        under.Accept(Request("ab?"));
        var mask = Assert.Single(under.Plan()!.Sequences[0].Masks);
        Assert.True(mask.Allows('a'));
        Assert.False(mask.Allows(Eos) || mask.Allows('b'));
        var other = new SchedulerUnderTest();
        other.Accept(Request("ab?"), 'a');
        var whole = Assert.Single(other.Plan()!.Sequences[0].Masks);
        Assert.Equal([Eos, 'b'], Enumerable.Range(0, FakeModel.VocabularySize).Where(whole.Allows));
    }

    [Fact]
    public void Answer_that_nothing_can_follow_is_over_without_an_end_token()
    {
        var under = new SchedulerUnderTest();
        var over = Assert.IsType<Submission.Over>(under.Scheduler.Submit(
            Request("ab"), ['a', 'b'], FakeForms.Of(FakeForms.Regex("ab"))));
        Assert.Equal((FinishReason.Stop, null), (over.Reason, over.StopTokenId));
    }

    [Fact]
    public void Only_chunks_that_draw_carry_a_mask()
    {
        var under = new SchedulerUnderTest();
        under.Accept(Given.Request("r", Enumerable.Range(1, 12), 5) with { Constraint = FakeForms.Regex("a+") });
        var first = under.Plan()!;
        Assert.Empty(first.Sequences[0].Masks);
        under.Apply(under.Run(first));
        Assert.Single(under.Plan()!.Sequences[0].Masks);
    }

    [Fact]
    public void Drafts_have_a_mask_each_and_end_behind_the_first_that_breaks_the_form()
    {
        var under = new SchedulerUnderTest(SchedulerUnderTest.Small with
        {
            StepTokensMax = 32,
            Speculation = new SpeculationSettings(SpeculationMethod.DraftModel, "/draft", 5, 1, 1, VerificationMode.Coupled),
        });
        var sequence = under.Accept(Request("a[b-d]+"), 'a');
        under.Apply(under.Run(under.Plan()!));
        sequence.Drafts = ['b', 'c', 'x', 'd'];
        var step = under.Plan()!.Sequences[0];
        Assert.Equal(3, step.DraftCount);
        Assert.Equal([true, true, true, false], step.Masks.Select(mask => mask.Allows('b')));
        var progress = Assert.Single(under.Apply(under.Run(new StepPlan(2, [step]))));
        Assert.All(progress.Tokens, token => Assert.Matches("^[bcd\x03]+$", FakeForms.TextOf([token.TokenId])));
    }

    [Fact]
    public void Answer_goes_on_in_its_form_after_a_lost_epoch()
    {
        var (alone, under) = (new SchedulerUnderTest(), new SchedulerUnderTest());
        var truth = alone.Accept(Request("[a-z]{30}", 40));
        alone.RunToEnd();
        var sequence = under.Accept(Request("[a-z]{30}", 40));
        for (var i = 0; i < 6; i++)
            under.Step();
        under.LoseEpoch();
        under.RunToEnd();
        Assert.Equal(truth.Tokens, sequence.Tokens);
    }

    [Fact]
    public void Tokens_of_an_earlier_life_that_break_the_form_are_refused()
    {
        var under = new SchedulerUnderTest();
        var refused = Assert.IsType<Submission.Rejected>(under.Scheduler.Submit(
            Request("ab"), ['b'], FakeForms.Of(FakeForms.Regex("ab"))));
        Assert.Equal(RefusalKind.Invalid, refused.Kind);
        Assert.Contains("form", refused.Message);
    }

    [Fact]
    public void End_outside_the_vocabulary_is_none()
    {
        var under = new SchedulerUnderTest();
        under.Accept(Request("ab?") with { StopTokenIds = [int.MaxValue, Eos] }, 'a');
        Assert.InRange(under.Plan()!.Sequences[0].Masks[0].Words.Length, 1, 16);
    }
}
