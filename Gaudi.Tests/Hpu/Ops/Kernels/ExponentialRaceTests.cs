using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>The race that skips what cannot win against the race that asks everyone (rule SM1).</summary>
public sealed class ExponentialRaceTests
{
    [Fact]
    public void The_winner_has_the_largest_quotient_and_no_excluded_token_wins()
    {
        var random = new Random(31);
        for (var position = 0; position < 4000; position++)
        {
            var weights = Weights(random, 1 + random.Next(60));
            var noise = new DrawNoise(random.NextInt64(), random.Next(4), position);
            var runners = Enumerable.Range(0, weights.Length).Where(token => weights[token] > 0).ToArray();
            var expected = runners.Length == 0 ? -1 : runners.MaxBy(token => weights[token] / noise.Exponential(token));
            Assert.Equal(expected, ExponentialRace.Winner(weights, noise));
        }
    }

    [Fact]
    public void Nobody_who_would_beat_a_score_is_passed_over()
    {
        var random = new Random(32);
        for (var round = 0; round < 100_000; round++)
        {
            var uniform = round % 3 == 0 ? 1 - (random.NextDouble() * 1e-12) : random.NextDouble();
            if (uniform is <= 0 or >= 1)
                continue;
            var weight = random.NextDouble();
            var own = ExponentialRace.Score(weight, uniform);
            Assert.True(ExponentialRace.MayBeat(own, weight, uniform), $"{weight} of {uniform}");
            Assert.False(ExponentialRace.MayBeat(own * 50, weight, uniform) && uniform > 0.5);
        }
    }

    [Fact]
    public void Streams_of_different_purposes_have_nothing_in_common()
    {
        var purposes = Enum.GetValues<DrawPurpose>();
        foreach (var (one, other) in from a in purposes from b in purposes where a < b select (a, b))
        {
            var products = Enumerable.Range(0, 50_000).Select(token =>
                (new DrawNoise(7, 1, 3, one).Uniform(token) - 0.5) * (new DrawNoise(7, 1, 3, other).Uniform(token) - 0.5));
            // The mean of independent products is 0 with a standard deviation of 1 / 12 / sqrt(50,000) = 0.00037.
            Assert.InRange(products.Average(), -0.0015, 0.0015);
        }
        Assert.Equal(new DrawNoise(7, 1, 3).Uniform(5), new DrawNoise(7, 1, 3, DrawPurpose.Token).Uniform(5));
    }

    private static float[] Weights(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(3) == 0 ? 0 : MathF.Exp(-random.NextSingle() * 20))];
}
