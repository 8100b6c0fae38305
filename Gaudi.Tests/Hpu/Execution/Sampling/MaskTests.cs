using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Execution.Sampling;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>Masks of a step: what an answer's form rules out is never drawn, and nothing else about the draw changes.</summary>
public sealed class MaskTests
{
    [Fact]
    public void A_mask_rules_out_exactly_the_tokens_it_does_not_hold()
    {
        var random = new Random(61);
        for (var round = 0; round < 2000; round++)
        {
            var logits = Draws.RandomLogits(random, 1 + random.Next(300));
            var mask = RandomMask(random, logits.Length);
            var step = Draws.At(3, Draws.Plain) with { Masks = [mask] };
            var expected = logits.Select((logit, token) => mask.Allows(token) ? logit : float.NegativeInfinity);
            Assert.Equal(expected, LogitsProcessors.Apply(new DrawPlace(step, 0), logits).ToArray());
        }
    }

    [Fact]
    public void What_is_drawn_is_allowed_whatever_else_is_asked_for()
    {
        var random = new Random(62);
        for (var round = 0; round < 3000; round++)
        {
            ImmutableArray<int> answer = [.. Enumerable.Range(0, random.Next(9)).Select(_ => random.Next(24))];
            var parameters = LogitsProcessorsTests.RandomParameters(random, answer);
            var mask = RandomMask(random, 24);
            if (!Enumerable.Range(0, 24).Any(mask.Allows))
                continue;
            var step = Draws.After([1, 2], answer, parameters) with { Masks = [mask] };
            var drawn = Sampler.Draw(step, 0, Draws.RandomLogits(random, 24)).TokenId;
            Assert.True(mask.Allows(drawn), $"round {round}: token {drawn} was drawn");
            Assert.True(mask.Allows(Likeliest(Sampler.Weigh(step, 0, Draws.RandomLogits(random, 24)))));
        }
    }

    [Fact]
    public void Where_form_and_allowed_ids_have_nothing_in_common_the_form_decides()
    {
        float[] logits = [4, 3, 2, 1];
        var step = Draws.At(1, Draws.Greedy with { AllowedTokenIds = [0, 1] }) with { Masks = [new TokenMask([0b1100])] };
        Assert.Equal(2, Sampler.Draw(step, 0, logits).TokenId);
        Assert.Equal(1, Sampler.Draw(step with { Masks = [new TokenMask([0b1110])] }, 0, logits).TokenId);
        // Bad words give way before either.
        var bad = step with { Sampling = Draws.Greedy with { BadWords = [[2], [3]] } };
        Assert.Equal(2, Sampler.Draw(bad, 0, logits).TokenId);
    }

    [Fact]
    public void Each_row_behind_a_draft_has_its_own_mask()
    {
        float[] logits = [1, 2, 3, 4];
        var step = new SequenceStep(1, [0, 1, 2], 5, 2, [0], Draws.Greedy, 0)
        {
            DraftCount = 2, Masks = [new TokenMask([0b0001]), new TokenMask([0b0010]), new TokenMask([0b0100])],
        };
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(row => Sampler.Draw(step, row, logits).TokenId));
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_raw_logits()
    {
        float[] logits = [4, 3, 2, 1];
        var step = Draws.At(1, Draws.Greedy with { LogprobCount = 2 }) with { Masks = [new TokenMask([0b1000])] };
        var drawn = Sampler.Draw(step, 0, logits);
        Assert.Equal(3, drawn.TokenId);
        Assert.Equal(Math.Log(Draws.Softmax(logits)[3]), drawn.Logprob, 1e-5);
        Assert.Equal([0, 1], drawn.Alternatives.Select(one => one.TokenId));
    }

    private static int Likeliest(float[] weights) => weights.AsSpan().IndexOf(weights.Max());

    // Words of nothing, of everything and in between; too short a mask, too.
    private static TokenMask RandomMask(Random random, int vocabularySize) => new(
    [
        .. Enumerable.Range(0, random.Next((vocabularySize / 64) + 3)).Select(_ => random.Next(4) switch
        {
            0 => 0UL,
            1 => ulong.MaxValue,
            _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        }),
    ]);
}
