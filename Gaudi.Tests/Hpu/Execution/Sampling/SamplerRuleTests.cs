using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Execution.Sampling;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>The rules SM1 to SM6 of the engine, one test each.</summary>
public sealed class SamplerRuleTests
{
    // SM1: greedy is the argmax of the penalised logits.
    [Fact]
    public void Greedy_takes_the_largest_of_the_penalised_logits()
    {
        float[] logits = [1, 5, 4.5f, 2];
        Assert.Equal(1, Sampler.Draw(Draws.After([0], [3], Draws.Greedy), 0, logits).TokenId);
        var penalised = Draws.Greedy with { PresencePenalty = 1 };
        Assert.Equal(1, Sampler.Draw(Draws.After([1], [3], penalised), 0, logits).TokenId);
        Assert.Equal(2, Sampler.Draw(Draws.After([0], [1], penalised), 0, logits).TokenId);
    }

    // SM1: a random draw is the winner of p / q with q ~ Exp(1), of a stream of the request's own.
    [Fact]
    public void A_random_draw_is_the_winner_of_probability_over_an_exponential_number()
    {
        var random = new Random(1);
        for (var position = 0; position < 500; position++)
        {
            var logits = Draws.RandomLogits(random, 37);
            var probabilities = Draws.Softmax(logits);
            var noise = new DrawNoise(Draws.Plain.Seed, choice: 3, position);
            var winner = Enumerable.Range(0, logits.Length)
                .MaxBy(token => probabilities[token] / noise.Exponential(token));
            Assert.Equal(winner, Draws.Token(logits, Draws.Plain, 3, position));
        }
    }

    // SM2: top-k first, then top-p on the softmax of what is left; ascending sums of at most 1 - p go; the best stays.
    [Fact]
    public void Top_p_acts_on_the_probabilities_that_top_k_left()
    {
        var logits = new[] { 0.4f, 0.3f, 0.2f, 0.1f }.Select(p => MathF.Log(p)).ToArray();
        Assert.Equal([true, true, true, false], Kept(Draws.Plain with { TopP = 0.89f }));
        // Of three: 0.444, 0.333, 0.222. The last goes at 1 - p = 0.23, where of four it would stay.
        Assert.Equal([true, true, false, false], Kept(Draws.Plain with { TopK = 3, TopP = 0.77f }));
        Assert.Equal([true, true, true, false], Kept(Draws.Plain with { TopP = 0.77f }));
        Assert.Equal([true, false, false, false], Kept(Draws.Plain with { TopK = 3, TopP = 1e-6f }));

        IEnumerable<bool> Kept(SamplingParameters parameters) =>
            Sampler.Weigh(Draws.At(1, parameters), 0, logits).Select(weight => weight > 0);
    }

    // SM3: stop tokens and ends are minus infinity while the answer is shorter than min_tokens.
    [Fact]
    public void No_end_token_is_drawn_before_the_least_number_of_tokens()
    {
        float[] logits = [9, 1, 8, 0];
        var parameters = Draws.Greedy with { TokensMin = 2, EndTokenIds = [0, 2] };
        Assert.Equal(1, Sampler.Draw(Draws.After([3, 3, 3], [], parameters), 0, logits).TokenId);
        Assert.Equal(1, Sampler.Draw(Draws.After([3, 3, 3], [1], parameters), 0, logits).TokenId);
        Assert.Equal(0, Sampler.Draw(Draws.After([3, 3, 3], [1, 1], parameters), 0, logits).TokenId);
        // The row of a draft sees the drafts before it: the third token of the answer may be an end again.
        var drafted = Draws.After([3, 3], [1], parameters) with { TokenIds = [1, 1], DraftCount = 1 };
        Assert.Equal([1, 0], new[] { 0, 1 }.Select(row => Sampler.Draw(drafted, row, logits).TokenId));
    }

    // SM4: the division is in float32, and less than 1e-5 divides nothing because it is greedy.
    [Fact]
    public void The_temperature_divides_in_float32()
    {
        float[] logits = [10.1f, 3.3f, -7.7f, 0.1f, 9.9f, 1, 2, 3, 4];
        foreach (var temperature in new[] { 0.3f, 0.7f, 1.1f })
        {
            var weights = Sampler.Weigh(Draws.At(1, Draws.Plain with { Temperature = temperature }), 0, logits);
            var expected = logits.Select(logit => Exponential.Of((logit / temperature) - (10.1f / temperature)));
            Assert.Equal(expected, weights);
        }
        var tiny = Sampler.Weigh(Draws.At(1, Draws.Plain with { Temperature = 9e-6f }), 0, logits);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 0], tiny);
    }

    // SM5: greedy and random rows of one batch are each what they would be alone.
    [Fact]
    public void Greedy_and_random_sequences_do_not_see_each_other()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 64).Select(i => (
            Step: Draws.At(i, (i % 3 == 0 ? Draws.Greedy : Draws.Plain) with { Seed = i }, choice: i % 2),
            Logits: Draws.RandomLogits(random, 50))).ToArray();
        var forwards = rows.Select(row => Sampler.Draw(row.Step, 0, row.Logits).TokenId).ToArray();
        var backwards = rows.Reverse().Select(row => Sampler.Draw(row.Step, 0, row.Logits).TokenId).Reverse();
        Assert.Equal(forwards, backwards);
        Assert.All(rows.Index().Where(row => row.Index % 3 == 0), row =>
            Assert.Equal(row.Item.Logits.Index().MaxBy(one => one.Item).Index, forwards[row.Index]));
    }

    // SM6: repetition sees prompt and answer; frequency and presence see the answer.
    [Fact]
    public void Repetition_sees_the_prompt_and_the_other_penalties_the_answer_alone()
    {
        float[] logits = [2, -2, 2, -2, 2, 0];
        Assert.Equal([1, -4, 1, -4, 2, 0], Processed(Draws.Plain with { RepetitionPenalty = 2 }));
        Assert.Equal([2, -2, 1, -2.5f, 2, 0], Processed(Draws.Plain with { FrequencyPenalty = 0.5f }));
        Assert.Equal([2, -2, 1.5f, -2.5f, 2, 0], Processed(Draws.Plain with { PresencePenalty = 0.5f }));
        // Scaled first, then lowered: 2 / 2 - 2 * 0.5 - 0.25.
        var all = Draws.Plain with { RepetitionPenalty = 2, FrequencyPenalty = 0.5f, PresencePenalty = 0.25f };
        Assert.Equal([1, -4, -0.25f, -4.75f, 2, 0], Processed(all));

        float[] Processed(SamplingParameters parameters) =>
            LogitsProcessors.Apply(new DrawPlace(Draws.After([0, 1, 0], [2, 3, 2], parameters), 0), logits).ToArray();
    }
}
