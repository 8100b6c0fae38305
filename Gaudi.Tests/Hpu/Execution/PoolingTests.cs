using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Vectors of prompts: what the formulas say, to the bit whatever the chunks, the company and the group.</summary>
public sealed class PoolingTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 37).Select(i => (i * 29 + 3) % 101)];
    private static readonly ImmutableArray<int> Blocks = [5, 0, 9];

    [Fact]
    public void Sum_and_last_are_those_of_the_plain_forward()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var exact = new DoubleForward(model).HiddenStates(Prompt); // [tokens][hidden], after the final norm
        Runners.Run(Runners.Settings(model.Folder), 1, runner =>
        {
            var (sum, last) = (Pool(runner, PoolingMode.Mean, 100), Pool(runner, PoolingMode.LastToken, 100));
            for (var i = 0; i < sum.Length; i++)
            {
                // 37 states, each off by some 1e-5 where weights are float32.
                Assert.InRange(sum[i], exact.Sum(state => state[i]) - 2e-3, exact.Sum(state => state[i]) + 2e-3);
                Assert.InRange(last[i], exact[^1][i] - 2e-4, exact[^1][i] + 2e-4);
            }
            Assert.Equal(exact[0].Length, sum.Length);
            Assert.Equal(runner.Facts.HiddenSize, sum.Length);
            return 0;
        });
    }

    [Theory]
    [InlineData(PoolingMode.Mean)]
    [InlineData(PoolingMode.LastToken)]
    public void Chunks_company_and_group_size_change_no_bit(PoolingMode mode)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var alone = Runners.Run(Runners.Settings(model.Folder), 1, runner => Bits(Pool(runner, mode, 100)))[0];
        foreach (var worldSize in new[] { 1, 2, 4 })
        {
            Runners.Same(Runners.Settings(model.Folder), worldSize, runner =>
            {
                foreach (var chunk in new[] { 1, 7, 36, 100 })
                {
                    Assert.Equal(alone, Bits(Pool(runner, mode, chunk)));
                    Assert.Equal(alone, Bits(Pool(runner, mode, chunk, new Script(9, Prompt.Reverse(), [20, 21, 22, 23, 24, 25], Script.Greedy))));
                }
                return alone;
            });
        }
    }

    [Fact]
    public void A_draft_model_reads_a_pooled_prompt_and_proposes_nothing()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var alone = Runners.Run(Runners.Settings(model.Folder), 1, runner => Bits(Pool(runner, PoolingMode.Mean, 100)))[0];
        var settings = Runners.Settings(model.Folder) with { Draft = new DraftSettings(model.Folder), VerifiedRowsMax = 5 };
        Runners.Run(settings, 1, runner =>
        {
            Assert.Equal(alone, Bits(Pool(runner, PoolingMode.Mean, 7)));
            return 0;
        });
    }

    // Company takes a token in each step.
    private static ImmutableArray<float> Pool(IModelRunner runner, PoolingMode mode, int chunk, Script? company = null)
    {
        ImmutableArray<float> sum = [];
        foreach (var (number, tokens) in Prompt.Chunk(chunk).Index())
        {
            var step = new SequenceStep(4, [.. tokens], number * chunk, Prompt.Length, Blocks, null, 0)
            {
                Pooling = new PoolingStep(mode, sum),
            };
            var other = company?.Next(tokensMax: 5);
            var output = runner.Run(new StepPlan(number + 1, other is null ? [step] : [other, step]));
            if (other is not null)
                company!.Apply(other, output);
            Assert.Empty(output.Drafts);
            sum = Assert.Single(output.Pooled).Vector;
        }
        return sum;
    }

    private static string Bits(ImmutableArray<float> vector) =>
        string.Join(' ', vector.Select(value => BitConverter.SingleToUInt32Bits(value).ToString("x8")));
}
