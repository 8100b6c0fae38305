using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>
/// Rejection sampling with a draft model, through the runner: tokens follow the target's distribution because the weights
/// a draft is verified with are those it was drawn from.
/// </summary>
public sealed class StandardVerificationTests
{
    private const int VocabularySize = 7;
    private const int SequenceCount = 60;
    private const int RoundCount = 250;

    private static readonly RandomModelShape TargetShape = new()
    {
        Hidden = 32, Ffn = 32, Layers = 1, Heads = 4, KvHeads = 2, Vocabulary = VocabularySize, MaxPositions = 64,
    };

    private static readonly RandomModelShape DraftShape = TargetShape with { Seed = 9, Heads = 2 };

    private static readonly SamplingParameters Sampled = new(1, 1, 0, 0, Seed: 0, LogprobCount: VocabularySize);

    // The first block is computed once, by another sequence: everyone after it finds the prefix in the cache.
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 19).Select(i => (i * 5 + 3) % VocabularySize)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tokens_follow_the_target_over_cached_prefixes_after_preemption_and_in_any_company(bool isPlugin)
    {
        using var model = RandomModel.Write(TargetShape);
        using var draft = RandomModel.Write(DraftShape);
        using var card = Runners.Card();
        using var runner = ModelLoader.Load(
            Settings(model, draft), card, isPlugin ? PluginOps.Table() : OpTable.InTree(), new SingleRankCollective(1));
        runner.Run(new StepPlan(1, [new SequenceStep(999, [.. Prompt.Take(16)], 0, 16, [0], null, 0)]));
        var counts = new SortedDictionary<string, (int[] Counts, double[] Exact)>(StringComparer.Ordinal);
        var (drafted, stood) = (0, 0);
        for (var round = 0; round < RoundCount; round++)
        {
            var sequences = Enumerable.Range(0, SequenceCount)
                .Select(i => new Run(i, (round * SequenceCount) + i)).ToArray();
            var random = new Random(round);
            for (var step = 0; step < 3; step++)
            {
                random.Shuffle(sequences);
                // Those who drafted together are verified apart.
                foreach (var company in sequences.Chunk(random.Next(1, 2 * SequenceCount)))
                {
                    var steps = company.Select(one => one.Next()).ToImmutableArray();
                    var output = runner.Run(new StepPlan(2, steps));
                    for (var i = 0; i < company.Length; i++)
                        company[i].Take(steps[i], output, counts, ref drafted, ref stood);
                }
                foreach (var one in sequences.Where(_ => random.Next(6) == 0))
                    one.Preempt();
            }
        }
        Assert.InRange(stood / (double)drafted, 0.1, 0.9); // neither all nor none: both halves of the rule are at work
        var (chiSquare, freedom) = (0.0, 0);
        foreach (var (seen, exact) in counts.Values)
        {
            var total = seen.Sum();
            if (total * exact.Min() < 5)
                continue;
            chiSquare += Sampling.Draws.ChiSquare(seen, exact);
            freedom += VocabularySize - 1;
        }
        Assert.True(freedom > 50, $"{freedom} degrees of freedom");
        // Mean `freedom`, variance twice that; four standard deviations. The seeds are fixed.
        Assert.InRange(chiSquare, 0, freedom + (4 * Math.Sqrt(2 * freedom)));
    }

    [Fact]
    public void The_draft_model_says_nothing_again_for_greedy_requests()
    {
        using var model = RandomModel.Write(TargetShape);
        using var draft = RandomModel.Write(DraftShape);
        Assert.Equal(AttentionCalls(VerificationMode.Coupled), AttentionCalls(VerificationMode.Standard));

        long AttentionCalls(VerificationMode mode)
        {
            using var card = Runners.Card();
            var table = PluginOps.Table();
            using var runner = ModelLoader.Load(
                Settings(model, draft) with { Verification = mode }, card, table, new SingleRankCollective(1));
            var script = new Script(1, Prompt, [0, 1], Script.Greedy);
            ImmutableArray<int> drafts = [];
            for (var number = 1; number <= 3; number++)
            {
                var step = script.Next(drafts: drafts, draftCountMax: 2);
                var output = runner.Run(new StepPlan(number, [step]));
                script.Apply(step, output);
                drafts = output.Drafts.Single().TokenIds;
            }
            return table.Report().Ops.Single(row => row.Name == "Attention").Calls;
        }
    }

    private static ModelRunnerSettings Settings(RandomModel model, RandomModel draft) => Runners.Settings(model.Folder) with
    {
        Draft = new DraftSettings(draft.Folder), VerifiedRowsMax = 3 * SequenceCount,
        Verification = VerificationMode.Standard,
    };

    // One request: where it stands, and what it drew in which context.
    private sealed class Run(int index, int seed)
    {
        private readonly List<int> _tokens = [.. Prompt];
        private readonly SamplingParameters _sampling = Sampled with { Seed = seed };
        private ImmutableArray<int> _drafts = [];
        private int _computedCount = 16;

        public SequenceStep Next() => new(
            index, [.. _tokens.Skip(_computedCount), .. _drafts], _computedCount, Prompt.Length, [0, index + 1], _sampling,
            Choice: 0)
        {
            DraftCount = _drafts.Length, DraftCountMax = 2,
        };

        public void Preempt() => (_computedCount, _drafts) = (16, []);

        public void Take(
            SequenceStep step, StepOutput output, SortedDictionary<string, (int[] Counts, double[] Exact)> counts,
            ref int drafted, ref int stood)
        {
            SampledToken[] drawn = [.. output.Tokens.Where(token => token.SequenceId == index)];
            drafted += step.DraftCount;
            stood += drawn.Length - 1;
            foreach (var token in drawn)
            {
                var context = string.Join(' ', _tokens.Skip(Prompt.Length));
                if (!counts.TryGetValue(context, out var cell))
                {
                    cell = (new int[VocabularySize], new double[VocabularySize]);
                    foreach (var one in token.Alternatives)
                        cell.Exact[one.TokenId] = Math.Exp(one.Logprob);
                    counts.Add(context, cell);
                }
                cell.Counts[token.TokenId]++;
                _tokens.Add(token.TokenId);
            }
            _computedCount = step.FirstPosition + step.FirstDraft + drawn.Length - 1;
            _drafts = output.Drafts.FirstOrDefault(one => one.SequenceId == index)?.TokenIds ?? [];
        }
    }
}
