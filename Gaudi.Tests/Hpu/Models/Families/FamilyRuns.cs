using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Runs a family's checkpoint through the loader and the runner, as a rank does.</summary>
internal static class FamilyRuns
{
    public const int PromptCount = 20;

    private static readonly ImmutableArray<int> Blocks = [3, 1, 2, 6];

    /// <summary>45 tokens under a vocabulary.</summary>
    public static int[] Tokens(int vocabulary) => [.. Enumerable.Range(0, 45).Select(i => ((i * 31) + 7) % vocabulary)];

    /// <summary>The largest of <see cref="Errors"/>.</summary>
    public static double LargestError(
        string folder, double[][] exact, Func<OpTable>? ops = null, int worldSize = 1, bool isExpertParallel = false) =>
        Errors(folder, exact, ops, worldSize, isExpertParallel).Max();

    /// <summary>
    /// By position, from the last of the prompt on: the largest difference of a log probability from the exact one. The first
    /// 20 tokens are the prompt, the others count as generated.
    /// </summary>
    /// <param name="folder">The checkpoint's.</param>
    /// <param name="exact">[positions][vocabulary] log probabilities.</param>
    /// <param name="ops">The table; in-tree where null.</param>
    /// <param name="worldSize">Ranks.</param>
    /// <param name="isExpertParallel">Whether they share mixtures by whole experts.</param>
    public static double[] Errors(
        string folder, double[][] exact, Func<OpTable>? ops = null, int worldSize = 1, bool isExpertParallel = false)
    {
        var tokens = Tokens(exact[0].Length);
        var everything = Script.Greedy with { LogprobCount = exact[0].Length };
        var settings = Runners.Settings(folder) with { IsExpertParallel = isExpertParallel };
        return Runners.Run(settings, worldSize, runner =>
        {
            var errors = new List<double>();
            for (var count = PromptCount; count <= tokens.Length; count++)
            {
                var first = count == PromptCount ? 0 : count - 1;
                var output = runner.Run(new StepPlan(count,
                    [new SequenceStep(1, [.. tokens[first..count]], first, PromptCount, Blocks, everything, Choice: 0)]));
                errors.Add(output.Tokens.Single().Alternatives
                    .Max(one => Math.Abs(one.Logprob - exact[count - 1][one.TokenId])));
            }
            return errors.ToArray();
        }, ops)[0];
    }

    /// <summary>
    /// One, two and four ranks, and any cut of the prompt, draw the same tokens from the same bits of logits.
    /// </summary>
    public static void AssertSplitsAndCutsChangeNoBit(string folder, int vocabulary, int worldSizeMax = 4)
    {
        var prompt = Tokens(vocabulary)[..PromptCount];
        var settings = Runners.Settings(folder);
        Drawn[] Generate(int worldSize, int chunk) => Runners.Run(
            settings, worldSize, runner => new Script(1, prompt, Blocks, Script.Greedy).Generate(runner, 12, chunk),
            PluginOps.Table)[0].ToArray();

        var whole = Generate(1, int.MaxValue);
        Assert.Equal(12, whole.Length);
        foreach (var chunk in new[] { 1, 7, 16 })
            Assert.Equal(whole, Generate(1, chunk));
        for (var worldSize = 2; worldSize <= worldSizeMax; worldSize *= 2)
            Assert.Equal(whole, Generate(worldSize, chunk: 9));
    }
}
