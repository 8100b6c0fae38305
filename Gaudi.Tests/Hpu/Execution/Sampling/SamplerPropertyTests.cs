using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Execution.Sampling;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>What holds of every draw, over thousands of random requests.</summary>
public sealed class SamplerPropertyTests
{
    [Fact]
    public void Keep_sets_are_exactly_those_of_the_plain_reference()
    {
        var random = new Random(11);
        for (var round = 0; round < 4000; round++)
        {
            var logits = Draws.RandomLogits(random, 1 + random.Next(70));
            var open = Draws.Plain with { Temperature = 0.1f + (random.NextSingle() * 1.9f) };
            var parameters = open with
            {
                TopK = random.Next(3) == 0 ? 0 : random.Next(80),
                TopP = random.Next(3) == 0 ? 1 : random.NextSingle() + 1e-6f,
                MinP = random.Next(2) == 0 ? 0 : random.NextSingle() * 0.2f,
            };
            var weights = Sampler.Weigh(Draws.At(1, open), 0, logits);
            var kept = PlainSampler.Kept(logits, weights, parameters);
            var expected = weights.Select((weight, token) => kept.Contains(token) ? weight : 0);
            Assert.True(
                expected.SequenceEqual(Sampler.Weigh(Draws.At(1, parameters), 0, logits)), $"round {round}: {parameters}");
            Assert.Equal(1, weights.Max());
        }
    }

    [Fact]
    public void A_draw_is_the_race_over_its_weights_and_then_its_report()
    {
        var random = new Random(12);
        for (var round = 0; round < 3000; round++)
        {
            var (step, logits) = RandomDraw(random);
            var weights = Sampler.Weigh(step, 0, logits);
            var position = step.FirstPosition + 1;
            var winner = ExponentialRace.Winner(weights, new DrawNoise(step.Sampling!.Seed, step.Choice, position));
            var drawn = Sampler.Draw(step, 0, logits);
            var report = Sampler.Report(step, 0, logits, winner);
            Assert.Equal(Drawn.Of(report, 0), Drawn.Of(drawn, 0));
            Assert.True(weights[drawn.TokenId] > 0, $"round {round}: an excluded token was drawn");
            Assert.Equal(position, drawn.Position);
        }
    }

    [Fact]
    public void A_draw_depends_on_nothing_but_its_own_arguments()
    {
        var random = new Random(13);
        var draws = Enumerable.Range(0, 1000).Select(_ => RandomDraw(random)).ToArray();
        var first = draws.Select(Draw).ToArray();
        Assert.Equal(first.Reverse(), draws.Reverse().Select(Draw));
        var beside = new Drawn[draws.Length];
        Parallel.For(0, draws.Length, i => beside[i] = Draw(draws[i]));
        Assert.Equal(first, beside);

        static Drawn Draw((SequenceStep Step, float[] Logits) one) => Drawn.Of(Sampler.Draw(one.Step, 0, one.Logits), 0);
    }

    [Fact]
    public void Draws_follow_the_processed_and_truncated_distribution()
    {
        float[] logits = [0.5f, -1, 2, 0, 1, -3, 1.5f, 0.1f, 3, 2.5f];
        var parameters = Draws.Plain with
        {
            Temperature = 0.8f, TopK = 6, TopP = 0.95f, PresencePenalty = 0.5f, RepetitionPenalty = 1.2f,
            LogitBiases = [new LogitBias(4, 1)], BadWords = [[8]],
        };
        var weights = Sampler.Weigh(Draws.After([2], [9], parameters), 0, logits);
        var counts = new int[logits.Length];
        for (var seed = 0; seed < 40_000; seed++)
            counts[Sampler.Draw(Draws.After([2], [9], parameters with { Seed = seed }), 0, logits).TokenId]++;
        Assert.Equal([0, 2, 4, 6, 9], weights.Index().Where(one => one.Item > 0).Select(one => one.Index));
        // Four degrees of freedom: 99.9% of honest samplers pass. The seeds are fixed.
        Assert.InRange(Draws.ChiSquare(counts, [.. weights.Select(weight => weight / (double)weights.Sum())]), 0, 18.5);
    }

    [Fact]
    public void A_score_is_the_raw_log_probability_the_rank_and_the_likeliest_tokens()
    {
        var random = new Random(14);
        for (var round = 0; round < 300; round++)
        {
            var logits = Draws.RandomLogits(random, 1 + random.Next(700));
            var token = random.Next(logits.Length);
            var count = random.Next(400);
            var score = Sampler.Score(9, 4, token, count, logits);
            var exact = Draws.Softmax(logits).Select(p => Math.Log(p)).ToArray();
            Assert.Equal((9L, 4, token), (score.SequenceId, score.Position, score.TokenId));
            Assert.Equal(exact[token], score.Logprob, 1e-5);
            Assert.Equal(1 + logits.Count(logit => logit > logits[token]), score.Rank);
            var order = Enumerable.Range(0, logits.Length).OrderByDescending(one => logits[one]).Take(count);
            Assert.Equal(order, score.Alternatives.Select(one => one.TokenId));
            Assert.All(score.Alternatives, one => Assert.Equal(exact[one.TokenId], one.Logprob, 1e-5));
        }
    }

    private static (SequenceStep Step, float[] Logits) RandomDraw(Random random)
    {
        ImmutableArray<int> prompt = [.. Enumerable.Range(0, 1 + random.Next(9)).Select(_ => random.Next(24))];
        ImmutableArray<int> answer = [.. Enumerable.Range(0, random.Next(9)).Select(_ => random.Next(24))];
        var parameters = LogitsProcessorsTests.RandomParameters(random, answer) with
        {
            TopK = random.Next(12), TopP = random.NextSingle() + 1e-6f, MinP = random.NextSingle() * 0.1f,
            LogprobCount = random.Next(2) == 0 ? null : random.Next(5),
        };
        return (
            Draws.After(prompt, answer, parameters) with { Choice = random.Next(3) }, Draws.RandomLogits(random, 24));
    }
}
