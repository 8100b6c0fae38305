using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Speculation changes no token and no bit; a draft model that is the target itself is always right.</summary>
public sealed class SpeculationTests
{
    private const int Count = 40;
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 21).Select(i => (i * 29 + 3) % 101)];
    private static readonly ImmutableArray<int> Blocks = [5, 0, 9, 3, 11, 7];

    private static readonly SamplingParameters Seeded = new(1.1f, 0.95f, 50, 0.01f, Seed: 77, LogprobCount: 3);

    private static readonly ImmutableArray<SamplingParameters> Requests =
    [
        Script.Greedy,
        Seeded,
        Seeded with { RepetitionPenalty = 1.3f, PresencePenalty = 0.5f, FrequencyPenalty = -0.4f },
        Script.Greedy with { RepetitionPenalty = 1.5f, TokensMin = 9, EndTokenIds = [4, 17] },
    ];

    public static TheoryData<int> RequestNumbers => [.. Enumerable.Range(0, Requests.Length)];

    [Theory]
    [MemberData(nameof(RequestNumbers))]
    public void Right_wrong_and_mixed_drafts_change_no_token_and_no_bit(int number)
    {
        using var model = RandomModel.Write(new RandomModelShape("Qwen3ForCausalLM"));
        foreach (var table in new Func<OpTable>[] { () => OpTable.InTree(), PluginOps.Table })
        {
            Runners.Run(Runners.Settings(model.Folder), 1, runner =>
            {
                var alone = Undisturbed(runner, Requests[number]);
                var truth = alone.Select(token => token.TokenId).ToArray();
                foreach (var rightness in new[] { 0.0, 0.5, 0.9, 1.0 })
                    Assert.Equal(Lines(alone), Lines(Drafted(runner, Requests[number], truth, rightness)));
                return 0;
            }, table);
        }
    }

    [Fact]
    public void Drafts_right_after_the_prompt_are_verified_across_roles()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        Runners.Run(Runners.Settings(model.Folder), 1, runner =>
        {
            var alone = Undisturbed(runner, Seeded);
            var script = new Script(1, Prompt, Blocks, Seeded);
            var step = script.Next(drafts: [.. alone.Take(4).Select(token => token.TokenId), (alone[4].TokenId + 1) % 101]);
            var tokens = runner.Run(new StepPlan(1, [step])).Tokens;
            Assert.Equal(Lines(alone.Take(5)), Lines(tokens)); // four that stand, the fifth put right
            return 0;
        });
    }

    [Theory]
    [InlineData(1, VerificationMode.Coupled)]
    [InlineData(2, VerificationMode.Coupled)]
    [InlineData(4, VerificationMode.Coupled)]
    [InlineData(1, VerificationMode.Standard)]
    [InlineData(2, VerificationMode.Standard)]
    public void A_draft_model_that_is_the_target_is_always_right(int worldSize, VerificationMode mode)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        foreach (var request in Requests)
        {
            var settings = Runners.Settings(model.Folder) with
            {
                Draft = new DraftSettings(model.Folder), VerifiedRowsMax = 5, Verification = mode,
            };
            Runners.Same(settings, worldSize, runner =>
            {
                var (tokens, drafted, kept) = Proposed(runner, request);
                Assert.True(drafted > 20, $"{drafted} drafts");
                Assert.Equal(drafted, kept);
                return Lines(tokens);
            });
        }
    }

    [Theory]
    [MemberData(nameof(RequestNumbers))]
    public void Any_draft_model_changes_no_token_when_draws_are_coupled(int number)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var draft = RandomModel.Write(new RandomModelShape("Qwen3ForCausalLM") { Layers = 1, Heads = 3, KvHeads = 3, Seed = 5 });
        var alone = Runners.Run(Runners.Settings(model.Folder), 1, runner => Lines(Undisturbed(runner, Requests[number])))[0];
        foreach (var worldSize in new[] { 1, 2 })
        {
            var settings = Runners.Settings(model.Folder) with { Draft = new DraftSettings(draft.Folder), VerifiedRowsMax = 4 };
            Assert.Equal(alone, Runners.Same(settings, worldSize, runner => Lines(Proposed(runner, Requests[number]).Tokens)));
        }
    }

    [Fact]
    public void Drafts_end_where_the_blocks_or_the_context_end()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var settings = Runners.Settings(model.Folder) with { Draft = new DraftSettings(model.Folder), VerifiedRowsMax = 9 };
        Runners.Run(settings, 1, runner =>
        {
            // 16 positions in one block: after 13 tokens and one drawn, positions 14 and 15 are left.
            var step = new SequenceStep(1, [.. Prompt.Take(13)], 0, 13, [2], Seeded, 0) { DraftCountMax = 8 };
            Assert.Equal(3, runner.Run(new StepPlan(1, [step])).Drafts.Single().TokenIds.Length);
            var full = step with { TokenIds = [.. Prompt.Take(16)], PromptTokenCount = 16 };
            Assert.Empty(runner.Run(new StepPlan(1, [full])).Drafts);
            Assert.Empty(runner.Run(new StepPlan(1, [step with { DraftCountMax = 0 }])).Drafts);
            Assert.Empty(runner.Run(new StepPlan(1, [step with { Sampling = null }])).Drafts);
            return 0;
        });
    }

    [Fact]
    public void A_draft_of_another_vocabulary_is_refused_and_gives_everything_back()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var draft = RandomModel.Write(new RandomModelShape { Vocabulary = 90 });
        using var card = Runners.Card();
        var settings = Runners.Settings(model.Folder) with { Draft = new DraftSettings(draft.Folder), VerifiedRowsMax = 4 };
        var error = Assert.Throws<CheckpointException>(() => ModelLoader.Load(
            settings, card, OpTable.InTree(), new SingleRankCollective(1)));
        Assert.Contains("the target's vocabulary of 101 tokens", error.Message);
        Assert.Contains("has 90", error.Message);
        Assert.Equal(0, card.UsedBytes);
    }

    [Fact]
    public void A_draft_of_a_shorter_context_is_refused_by_its_name_before_anything_is_loaded()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var draft = RandomModel.Write(new RandomModelShape { MaxPositions = 256, Vocabulary = 90 });
        var settings = Runners.Settings(model.Folder) with { Draft = new DraftSettings(draft.Folder), VerifiedRowsMax = 4 };
        foreach (var load in new Action[]
                 {
                     () => ModelPreflight.Check(settings, 1),
                     () => ModelLoader.Load(settings, Runners.Card(), OpTable.InTree(), new SingleRankCollective(1)),
                 })
        {
            var error = Assert.Throws<CheckpointException>(load);
            Assert.StartsWith($"{draft.Folder} cannot be the draft model: ", error.Message);
            Assert.Contains("--max-model-len must be 1 to the model's 256 positions, not 512", error.Message);
            Assert.Contains("the target's vocabulary of 101 tokens", error.Message);
        }
        Assert.Equal(512, ModelPreflight.Check(settings with { Draft = null }, 1).MaxPositionEmbeddings);
    }

    [Theory]
    [InlineData(VerificationMode.Coupled)]
    [InlineData(VerificationMode.Standard)]
    public void A_draft_model_that_says_no_numbers_proposes_nothing_and_ends_no_request(VerificationMode mode)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var broken = RandomModel.Write(new RandomModelShape(), (name, values) =>
        {
            // One token's embedding: the draft is sane until it reads that token.
            if (name == "model.embed_tokens.weight")
                values.AsSpan(17 * 64, 64).Fill(float.NaN);
        });
        var alone = Runners.Run(Runners.Settings(model.Folder), 1, runner => Lines(Undisturbed(runner, Seeded)))[0];
        var settings = Runners.Settings(model.Folder) with
        {
            Draft = new DraftSettings(broken.Folder), VerifiedRowsMax = 4, Verification = mode,
        };
        Runners.Run(settings, 1, runner =>
        {
            var sane = new SequenceStep(1, [1, 2, 3], 0, 3, [2], Seeded, 0) { DraftCountMax = 3 };
            var mad = new SequenceStep(2, [1, 17, 3], 0, 3, [4], Seeded, 0) { DraftCountMax = 3 };
            var drafts = runner.Run(new StepPlan(1, [mad, sane])).Drafts;
            Assert.Equal(1, Assert.Single(drafts).SequenceId);
            var (tokens, drafted, _) = Proposed(runner, Seeded with { Seed = 78 });
            Assert.Equal(Count, tokens.Length);
            Assert.True(drafted < 2 * Count, $"{drafted} drafts");
            if (mode == VerificationMode.Coupled)
                Assert.Equal(alone, Lines(Proposed(runner, Seeded).Tokens));
            return 0;
        });
    }

    [Fact]
    public void Steps_with_drafts_leave_no_tensor_behind()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var draft = RandomModel.Write(new RandomModelShape { Layers = 1, Seed = 5 });
        foreach (var mode in new[] { VerificationMode.Coupled, VerificationMode.Standard })
        {
            foreach (var table in new Func<OpTable>[] { () => OpTable.InTree(), PluginOps.Table })
            {
                var settings = Runners.Settings(model.Folder) with
                {
                    Draft = new DraftSettings(draft.Folder), VerifiedRowsMax = 4, Verification = mode,
                };
                Runners.Run(settings, 1, runner =>
                {
                    Assert.True(Proposed(runner, Seeded).Drafted > 20);
                    var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
                    foreach (var request in Requests)
                        Proposed(runner, request);
                    Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
                    return 0;
                }, table);
            }
        }
    }

    [Fact]
    public void The_plugins_rejection_sampler_runs_once_a_step_with_drafts()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var card = Runners.Card();
        var table = PluginOps.Table();
        using var runner = ModelLoader.Load(
            Runners.Settings(model.Folder), card, table, new SingleRankCollective(1));
        var alone = Undisturbed(runner, Seeded);
        Assert.Equal(0, Row().Calls);
        var script = new Script(1, Prompt, Blocks, Seeded);
        runner.Run(new StepPlan(1, [script.Next(drafts: [alone[0].TokenId])]));
        Assert.Equal(("hpu_custom_ops", "hpu_rejection_sampler", 1L), (Row().Provider, Row().Module, Row().Calls));

        OpReportRow Row() => table.Report().Ops.Single(row => row.Name == "RejectionSampler");
    }

    private static ImmutableArray<SampledToken> Undisturbed(IModelRunner runner, SamplingParameters request)
    {
        var script = new Script(1, Prompt, Blocks, request);
        return Run(runner, script, () => script.Next());
    }

    // Drafts made from what is known to come, each right with the given chance.
    private static ImmutableArray<SampledToken> Drafted(
        IModelRunner runner, SamplingParameters request, int[] truth, double rightness)
    {
        var random = new Random(11);
        var script = new Script(1, Prompt, Blocks, request);
        return Run(runner, script, () => script.Next(drafts:
        [
            .. truth.Skip(script.Tokens.Count - Prompt.Length).Take(random.Next(6))
                .Select(token => random.NextDouble() < rightness ? token : random.Next(101)),
        ]));
    }

    private static (ImmutableArray<SampledToken> Tokens, int Drafted, int Kept) Proposed(
        IModelRunner runner, SamplingParameters request)
    {
        var script = new Script(1, Prompt, Blocks, request);
        var (drafts, drafted, kept) = (ImmutableArray<int>.Empty, 0, 0);
        var tokens = Run(runner, script, () => script.Next(drafts: drafts, draftCountMax: 3), (step, output) =>
        {
            drafted += step.DraftCount;
            kept += output.Tokens.Length - 1;
            drafts = output.Drafts.SingleOrDefault()?.TokenIds ?? [];
        });
        return (tokens, drafted, kept);
    }

    private static ImmutableArray<SampledToken> Run(
        IModelRunner runner, Script script, Func<SequenceStep> next, Action<SequenceStep, StepOutput>? look = null)
    {
        var tokens = ImmutableArray.CreateBuilder<SampledToken>();
        for (var number = 1L; tokens.Count < Count; number++)
        {
            var step = next();
            var output = runner.Run(new StepPlan(number, [step]));
            script.Apply(step, output);
            tokens.AddRange(output.Tokens);
            look?.Invoke(step, output);
        }
        return [.. tokens.Take(Count)];
    }

    private static string Lines(IEnumerable<SampledToken> tokens) =>
        string.Join('\n', tokens.Select(token => Drawn.Of(token, 0)));
}
