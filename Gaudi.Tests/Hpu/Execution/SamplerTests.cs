using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Hpu.Execution.Sampling;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>The rules of drawing: greedy, temperature, top-k, top-p, min-p, log probabilities.</summary>
public sealed class SamplerTests
{
    private static readonly SamplingParameters Plain = Draws.Plain;

    [Theory]
    [InlineData(0f)]
    [InlineData(0.99e-5f)]
    public void A_temperature_of_almost_nothing_takes_the_largest_logit_and_of_equals_the_lowest(float temperature)
    {
        var greedy = Plain with { Temperature = temperature };
        Assert.Equal(2, Draws.Token([0, 1, 7, 7, 3], greedy, 0, 9));
        Assert.Equal(0, Draws.Token([-0f, 0f], greedy, 0, 9));
        Assert.Equal(1, Draws.Token([float.NegativeInfinity, -5], greedy, 0, 9));
    }

    [Fact]
    public void A_draw_is_a_function_of_seed_choice_and_position()
    {
        var logits = Enumerable.Range(0, 500).Select(i => MathF.Sin(i)).ToArray();
        var first = Enumerable.Range(0, 50).Select(position => Draws.Token(logits, Plain, 0, position)).ToArray();
        Assert.Equal(
            first,
            Enumerable.Range(0, 50).Reverse().Select(position => Draws.Token(logits, Plain, 0, position)).Reverse());
        Assert.NotEqual(first, Enumerable.Range(0, 50).Select(position => Draws.Token(logits, Plain, 1, position)));
        Assert.NotEqual(
            first,
            Enumerable.Range(0, 50).Select(position => Draws.Token(logits, Plain with { Seed = 43 }, 0, position)));
        Assert.True(first.Distinct().Count() > 30);
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(0.7f)]
    [InlineData(1.8f)]
    public void Draws_follow_the_softmax_at_the_temperature(float temperature)
    {
        float[] logits = [0.5f, -1, 2, 0, 1, -3, 1.5f, 0.1f];
        var exact = Draws.Softmax(logits, temperature);
        const int Count = 40_000;
        var counts = new int[logits.Length];
        for (var position = 0; position < Count; position++)
            counts[Draws.Token(logits, Plain with { Temperature = temperature }, 0, position)]++;
        // Seven degrees of freedom: 99.9% of honest samplers pass. The seed is fixed.
        Assert.InRange(Draws.ChiSquare(counts, exact), 0, 24.3);
    }

    [Fact]
    public void Top_k_keeps_the_k_largest_and_all_tied_with_the_last()
    {
        float[] logits = [3, 1, 2, 2, 0];
        Assert.Equal([0], Drawn(logits, Plain with { TopK = 1 }));
        Assert.Equal([0, 2, 3], Drawn(logits, Plain with { TopK = 2 }));
        Assert.Equal([0, 1, 2, 3, 4], Drawn(logits, Plain with { TopK = 5 }));
        Assert.Equal([0, 1, 2, 3, 4], Drawn(logits, Plain with { TopK = -1 }));
        Assert.Equal([0, 1, 2, 3, 4], Drawn(logits, Plain with { TopK = 99 }));
    }

    [Fact]
    public void Top_p_drops_the_unlikeliest_while_they_add_up_to_at_most_the_rest()
    {
        var logits = new[] { 0.4, 0.3, 0.2, 0.06, 0.04 }.Select(p => (float)Math.Log(p)).ToArray();
        Assert.Equal([0, 1, 2, 3, 4], Drawn(logits, Plain with { TopP = 1 }));
        Assert.Equal([0, 1, 2, 3], Drawn(logits, Plain with { TopP = 0.95f }));
        Assert.Equal([0, 1, 2], Drawn(logits, Plain with { TopP = 0.89f }));
        Assert.Equal([0, 1], Drawn(logits, Plain with { TopP = 0.65f }));
        Assert.Equal([0], Drawn(logits, Plain with { TopP = 1e-6f }));
    }

    [Fact]
    public void Top_p_counts_what_top_k_has_left()
    {
        var logits = new[] { 0.4, 0.3, 0.2, 0.1 }.Select(p => (float)Math.Log(p)).ToArray();
        // Of 0.4 and 0.3, the likelier has 0.571: alone it is under 0.6, together they are over.
        Assert.Equal([0, 1], Drawn(logits, Plain with { TopK = 2, TopP = 0.6f }));
        Assert.Equal([0], Drawn(logits, Plain with { TopK = 2, TopP = 0.55f }));
        Assert.Equal([0, 1], Drawn(logits, Plain with { TopP = 0.6f }));
        Assert.Equal([0, 1], Drawn(logits, Plain with { TopP = 0.55f }));
    }

    [Fact]
    public void Min_p_keeps_what_is_likely_beside_the_likeliest()
    {
        var logits = new[] { 0.5, 0.3, 0.15, 0.05 }.Select(p => (float)Math.Log(p)).ToArray();
        Assert.Equal([0, 1, 2], Drawn(logits, Plain with { MinP = 0.2f }));
        Assert.Equal([0], Drawn(logits, Plain with { MinP = 1 }));
        Assert.Equal([0, 1, 2, 3], Drawn(logits, Plain with { MinP = 0.09f }));
    }

    [Fact]
    public void Equal_logits_are_all_drawn_and_the_excluded_never()
    {
        float[] logits = [1, float.NegativeInfinity, 1, 1, float.NegativeInfinity];
        Assert.Equal([0, 2, 3], Drawn(logits, Plain));
    }

    [Fact]
    public void Log_probabilities_are_of_the_raw_logits_likeliest_first_and_ties_by_id()
    {
        float[] logits = [1, 3, -2, 3, 0];
        var parameters = new SamplingParameters(1.7f, 0.5f, 2, 0, Seed: 5, LogprobCount: 3);
        var step = new SequenceStep(8, [1, 2], 10, 12, [0], parameters, Choice: 0);
        var token = Sampler.Draw(step, 1, logits);
        Assert.Equal(8, token.SequenceId);
        Assert.Equal(12, token.Position);
        var exact = Draws.Softmax(logits).Select(p => Math.Log(p)).ToArray();
        Assert.Equal([1, 3, 0], token.Alternatives.Select(one => one.TokenId));
        Assert.All(token.Alternatives, one => Assert.Equal(exact[one.TokenId], one.Logprob, 6));
        Assert.Equal(exact[token.TokenId], token.Logprob, 6);
    }

    [Fact]
    public void Log_probabilities_come_only_when_asked_for()
    {
        var step = new SequenceStep(8, [1], 0, 1, [0], Plain, Choice: 0);
        var none = Sampler.Draw(step, 0, [1, 2, 3]);
        Assert.True(float.IsNaN(none.Logprob));
        Assert.Empty(none.Alternatives);
        var own = Sampler.Draw(step with { Sampling = Plain with { LogprobCount = 0 } }, 0, [1, 2, 3]);
        Assert.Equal(none.TokenId, own.TokenId);
        Assert.False(float.IsNaN(own.Logprob));
        Assert.Empty(own.Alternatives);
        var all = Sampler.Draw(step with { Sampling = Plain with { LogprobCount = 20 } }, 0, [1, 2, 3]);
        Assert.Equal(3, all.Alternatives.Length);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_refused() =>
        Assert.All(
            new float[][] { [float.NaN, 1], [1, float.NaN], [float.NaN, float.NaN] },
            logits => Assert.Throws<InvariantBrokenException>(() => Draws.Token(logits, Plain, 0, 0)));

    private static int[] Drawn(float[] logits, SamplingParameters parameters) =>
        [.. Enumerable.Range(0, 3000).Select(position => Draws.Token(logits, parameters, 0, position)).Distinct().Order()];
}
