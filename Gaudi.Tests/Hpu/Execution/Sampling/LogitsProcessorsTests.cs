using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Execution.Sampling;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>Allowed ids, bad words, least number of tokens, biases, penalties, in the order of section 4.5.</summary>
public sealed class LogitsProcessorsTests
{
    private const int VocabularySize = 24;

    [Fact]
    public void Processors_are_those_of_the_plain_reference()
    {
        var random = new Random(45);
        for (var round = 0; round < 3000; round++)
        {
            var logits = Draws.RandomLogits(random, VocabularySize);
            var (prompt, answer) = (Tokens(random, 1 + random.Next(12)), Tokens(random, random.Next(12)));
            var parameters = RandomParameters(random, answer);
            var step = Draws.After(prompt, answer, parameters);
            if (!parameters.NeedsHistory)
                step = step with { History = [] };
            Assert.Equal(
                PlainSampler.Process(logits, prompt, answer, parameters),
                LogitsProcessors.Apply(new DrawPlace(step, 0), logits).ToArray());
        }
    }

    [Fact]
    public void A_row_in_the_middle_of_a_step_sees_the_tokens_up_to_it()
    {
        var random = new Random(46);
        for (var round = 0; round < 500; round++)
        {
            var logits = Draws.RandomLogits(random, VocabularySize);
            var (prompt, answer) = (Tokens(random, 5), Tokens(random, 8));
            var parameters = RandomParameters(random, answer);
            var all = prompt.AddRange(answer);
            var first = random.Next(9);
            var step = new SequenceStep(1, all[first..], first, prompt.Length, [0], parameters, 0) { History = all[..first] };
            for (var row = Math.Max(0, prompt.Length - 1 - first); row < step.TokenIds.Length; row++)
            {
                var alone = Draws.After(prompt, all[prompt.Length..(first + row + 1)], parameters);
                Assert.Equal(
                    Sampler.Draw(alone, 0, logits).TokenId, Sampler.Draw(step, row, logits).TokenId);
            }
        }
    }

    [Fact]
    public void A_request_without_processors_draws_from_the_raw_logits_themselves()
    {
        var logits = new float[] { 1, 2, 3 };
        var step = Draws.At(5, Draws.Plain with { EndTokenIds = [1], TokensMin = 5, TopK = 2 });
        Assert.True(LogitsProcessors.Apply(new DrawPlace(step, 0), logits) == logits.AsSpan());
        var active = Draws.At(4, step.Sampling!);
        Assert.False(LogitsProcessors.Apply(new DrawPlace(active, 0), logits) == logits.AsSpan());
        Assert.Equal([1, 2, 3], logits);
    }

    [Fact]
    public void Bad_words_are_completed_by_the_answer_and_not_by_the_prompt()
    {
        float[] logits = [0, 1, 2, 3];
        var parameters = Draws.Greedy with { BadWords = [[1, 2, 3]] };
        Assert.Equal(2, Drawn([0], [1, 2]));
        Assert.Equal(2, Drawn([0], [1, 1, 2]));
        Assert.Equal(3, Drawn([1], [2]));
        Assert.Equal(3, Drawn([1, 2], []));
        Assert.Equal(3, Drawn([0], [1, 2, 0]));
        Assert.Equal(2, Sampler.Draw(Draws.At(1, Draws.Greedy with { BadWords = [[3]] }), 0, logits).TokenId);

        int Drawn(ImmutableArray<int> prompt, ImmutableArray<int> answer) =>
            Sampler.Draw(Draws.After(prompt, answer, parameters), 0, logits).TokenId;
    }

    [Fact]
    public void A_bias_lifts_a_token_but_not_over_a_mask()
    {
        float[] logits = [0, 1, 2, 3];
        var biased = Draws.Greedy with { LogitBiases = [new LogitBias(0, 100), new LogitBias(3, -100)] };
        Assert.Equal(0, Sampler.Draw(Draws.At(1, biased), 0, logits).TokenId);
        Assert.Equal(2, Sampler.Draw(Draws.At(1, biased with { BadWords = [[0]] }), 0, logits).TokenId);
        Assert.Equal(3, Sampler.Draw(Draws.At(1, biased with { AllowedTokenIds = [3] }), 0, logits).TokenId);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Where_nothing_is_left_the_likeliest_allowed_token_is_drawn(float temperature)
    {
        float[] logits = [0, 5, 7, 7, 9];
        var parameters = Draws.Plain with { Temperature = temperature, BadWords = [[1], [2], [3]], LogprobCount = 1 };
        var step = Draws.At(1, parameters with { AllowedTokenIds = [1, 2, 3] });
        Assert.Equal(2, Sampler.Draw(step, 0, logits).TokenId);
        Assert.Equal([0, 0, 1, 0, 0], Sampler.Weigh(step, 0, logits));
        Assert.False(float.IsNaN(Sampler.Draw(step, 0, logits).Logprob));
        // Allowed ids that the vocabulary does not have allow nothing: then the likeliest of all.
        Assert.Equal(4, Sampler.Draw(Draws.At(1, parameters with { AllowedTokenIds = [5, 99] }), 0, logits).TokenId);
        var infinite = new[] { float.NegativeInfinity, float.NegativeInfinity };
        Assert.Equal([1, 0], Sampler.Weigh(Draws.At(1, Draws.Plain), 0, infinite));
        Assert.Equal([0, 1], Sampler.Weigh(Draws.At(1, Draws.Plain), 0, [1, float.PositiveInfinity]));
    }

    [Fact]
    public void Ids_outside_the_vocabulary_name_no_token()
    {
        float[] logits = [0, 1, 2];
        var parameters = Draws.Greedy with
        {
            AllowedTokenIds = [0, 1, 3], BadWords = [[3], []], LogitBiases = [new LogitBias(7, 1)], TokensMin = 9,
            EndTokenIds = [-1, 50_000],
        };
        Assert.Equal(1, Sampler.Draw(Draws.At(1, parameters), 0, logits).TokenId);
    }

    [Fact]
    public void A_step_that_lacks_the_history_it_needs_is_refused()
    {
        var step = Draws.After([1, 2], [3], Draws.Plain with { FrequencyPenalty = 1 });
        Assert.Throws<InvariantBrokenException>(() => Sampler.Draw(step with { History = [] }, 0, [1, 2, 3, 4]));
    }

    internal static SamplingParameters RandomParameters(Random random, ImmutableArray<int> answer)
    {
        var parameters = Draws.Plain with { Seed = random.Next(), Temperature = random.Next(3) * 0.7f };
        if (random.Next(3) == 0)
            parameters = parameters with { AllowedTokenIds = [.. Tokens(random, 9).Distinct().Order()] };
        if (random.Next(2) == 0)
            parameters = parameters with { BadWords = [[.. answer.TakeLast(2), random.Next(24)], Tokens(random, 2), [3]] };
        if (random.Next(2) == 0)
            parameters = parameters with { TokensMin = random.Next(12), EndTokenIds = [.. Tokens(random, 3).Distinct().Order()] };
        if (random.Next(2) == 0)
            parameters = parameters with { LogitBiases = [new(random.Next(12), 2.5f), new(12 + random.Next(12), -100)] };
        if (random.Next(2) == 0)
            parameters = parameters with { RepetitionPenalty = 0.5f + random.NextSingle() };
        if (random.Next(2) == 0)
            parameters = parameters with { FrequencyPenalty = random.NextSingle() - 0.5f };
        return random.Next(2) == 0 ? parameters with { PresencePenalty = random.NextSingle() } : parameters;
    }

    private static ImmutableArray<int> Tokens(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(VocabularySize))];
}
