using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

public sealed class StepPassTests
{
    private static readonly SamplingParameters Sampling = new(0, 1, 0, 0, 0, null);

    // Sequence 1 computes positions 2..6 with a prompt of 4; 2 is a decode; 3 is a chunk that draws nothing.
    private static readonly StepPlan Plan = new(1,
    [
        new SequenceStep(1, [10, 11, 12, 13, 14], 2, 4, [0], Sampling, 0),
        new SequenceStep(2, [20], 9, 5, [1], Sampling, 0),
        new SequenceStep(3, [30, 31], 0, 8, [2], null, 0),
    ]);

    [Fact]
    public void A_step_is_cut_by_role_prompts_first()
    {
        var passes = StepPass.Of(Plan, rowsMax: 100).ToArray();
        Assert.Equal([TokenRole.Prompt, TokenRole.Generated], passes.Select(pass => pass.Rows.Role));
        Assert.Equal([10, 11, 30, 31], passes[0].Rows.TokenIds.ToArray());
        Assert.Equal([2, 3, 0, 1], passes[0].Rows.Positions.ToArray());
        Assert.Empty(passes[0].Draws);
        Assert.Equal([12, 13, 14, 20], passes[1].Rows.TokenIds.ToArray());
        Assert.Equal([4, 5, 6, 9], passes[1].Rows.Positions.ToArray());
        Assert.Equal([new StepDraw(2, 0, 4), new StepDraw(3, 1, 0)], passes[1].Draws.ToArray());
        Assert.Equal([0, 0, 0, 1], passes[1].Rows.BlockTables.Select(table => table[0]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Passes_hold_at_most_so_many_rows_and_lose_none(int rowsMax)
    {
        var passes = StepPass.Of(Plan, rowsMax).ToArray();
        Assert.All(passes, pass => Assert.InRange(pass.Rows.Count, 1, rowsMax));
        Assert.Equal([10, 11, 30, 31, 12, 13, 14, 20], passes.SelectMany(pass => pass.Rows.TokenIds));
        Assert.Equal(
            [14, 20], passes.SelectMany(pass => pass.Draws.Select(draw => pass.Rows.TokenIds[draw.Row])));
    }

    [Fact]
    public void A_prompt_that_ends_in_the_step_is_drawn_from_in_the_prompts_role()
    {
        var plan = new StepPlan(1, [new SequenceStep(1, [1, 2], 0, 2, [0], Sampling, 0)]);
        var pass = Assert.Single(StepPass.Of(plan, 10));
        Assert.Equal(TokenRole.Prompt, pass.Rows.Role);
        Assert.Equal([new StepDraw(1, 0, 1)], pass.Draws.ToArray());
    }

    [Fact]
    public void Logits_are_wanted_after_the_last_known_token_and_after_each_draft()
    {
        // The prompt's last token, then two drafts: the first row has the prompt's role, the others were generated.
        var step = new SequenceStep(1, [1, 2, 8, 9], 3, 5, [0], Sampling, 0) { DraftCount = 2 };
        var passes = StepPass.Of(new StepPlan(1, [step]), 10).ToArray();
        Assert.Equal([new StepDraw(1, 0, 1)], passes[0].Draws.ToArray());
        Assert.Equal([new StepDraw(0, 0, 2), new StepDraw(1, 0, 3)], passes[1].Draws.ToArray());
    }

    [Fact]
    public void Logits_are_wanted_before_each_prompt_token_that_is_scored()
    {
        var step = new SequenceStep(1, [1, 2, 3], 0, 5, [0], null, 0) { PromptScoring = new PromptScoring(0, 4) };
        Assert.Equal([0, 1, 2], Wanted(step));
        Assert.Equal([2, 3, 4], new[] { 0, 1, 2 }.Select(index => step.ScoredAfter(index)!.Value));
        // The prompt's last token has no prompt token after it, and generated ones are not scored.
        var end = new SequenceStep(1, [4, 5, 6], 3, 5, [0], Sampling, 0) { PromptScoring = new PromptScoring(0, null) };
        Assert.Equal([0, 2], Wanted(end));

        static IEnumerable<int> Wanted(SequenceStep step) =>
            StepPass.Of(new StepPlan(1, [step]), 10).SelectMany(pass => pass.Draws).Select(draw => draw.TokenIndex);
    }
}
