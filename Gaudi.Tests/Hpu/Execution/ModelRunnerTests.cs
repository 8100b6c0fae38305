using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Same bits whatever the group size, the batch, the chunks and the history.</summary>
public sealed class ModelRunnerTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 37).Select(i => (i * 29 + 3) % 101)];
    private static readonly ImmutableArray<int> Blocks = [5, 0, 9, 3, 11, 7];
    private static readonly SamplingParameters Random = new(1.1f, 0.95f, 50, 0.01f, Seed: 12345, LogprobCount: 3);

    public static TheoryData<string, bool, ScalarType> Families => new()
    {
        { "LlamaForCausalLM", false, ScalarType.Float32 },
        { "LlamaForCausalLM", true, ScalarType.BFloat16 },
        { "Qwen2ForCausalLM", true, ScalarType.Float32 },
        { "Qwen3ForCausalLM", false, ScalarType.Float32 },
        { "Qwen3ForCausalLM", false, ScalarType.BFloat16 },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_have_the_same_bits_on_1_2_4_and_8_ranks(string architecture, bool isTied, ScalarType dtype)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { IsTied = isTied, Dtype = dtype });
        foreach (var table in new Func<OpTable>[] { () => OpTable.InTree(), PluginOps.Table })
        {
            var results = new[] { 1, 2, 4, 8 }.Select(worldSize => Runners.Same(
                Runners.Settings(model.Folder), worldSize,
                runner => Lines(new Script(1, Prompt, Blocks, Random).Generate(runner, 12)), table)).ToArray();
            Assert.All(results, result => Assert.Equal(results[0], result));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Chunks_of_the_prompt_change_no_bit(string architecture, bool isTied, ScalarType dtype)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { IsTied = isTied, Dtype = dtype });
        Run(model, runner =>
        {
            var whole = Lines(new Script(1, Prompt, Blocks, Random).Generate(runner, 8));
            foreach (var chunk in new[] { 1, 2, 5, 16, 36 })
                Assert.Equal(whole, Lines(new Script(1, Prompt, Blocks, Random).Generate(runner, 8, chunk)));
        });
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Neighbours_in_the_batch_and_the_order_of_the_plan_change_no_bit(
        string architecture, bool isTied, ScalarType dtype)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { IsTied = isTied, Dtype = dtype });
        Run(model, runner =>
        {
            var scripts = Enumerable.Range(0, 7).Select(MakeScript).ToArray();
            var alone = scripts.Select((_, index) => Lines(MakeScript(index).Generate(runner, 10))).ToArray();
            var drawn = scripts.Select(_ => new List<SampledToken>()).ToArray();
            var random = new Random(3);
            for (var step = 1L; drawn.Any(tokens => tokens.Count < 10); step++)
            {
                var chosen = Enumerable.Range(0, 7)
                    .Where(index => drawn[index].Count < 10 && random.Next(4) > 0).ToArray();
                random.Shuffle(chosen);
                if (chosen.Length == 0)
                    continue;
                var parts = chosen.Select(index => scripts[index].Next(random.Next(1, 30))).ToArray();
                var output = runner.Run(new StepPlan(step, [.. parts]));
                for (var i = 0; i < chosen.Length; i++)
                {
                    scripts[chosen[i]].Apply(parts[i], output);
                    drawn[chosen[i]].AddRange(output.Tokens.Where(token => token.SequenceId == parts[i].SequenceId));
                }
            }
            for (var index = 0; index < 7; index++)
                Assert.Equal(
                    WithoutDigests(alone[index]),
                    WithoutDigests(Lines([.. drawn[index].Select(token => Drawn.Of(token, 0))])));
        });

        static Script MakeScript(int index) => new(
            100 + index, Prompt.Take(3 + (5 * index)).Select(token => (token + index) % 101),
            [.. Enumerable.Range(index * 4, 4)], Random with { Seed = index });
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Recomputing_generated_tokens_at_once_changes_no_bit(string architecture, bool isTied, ScalarType dtype)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { IsTied = isTied, Dtype = dtype });
        Run(model, runner =>
        {
            var undisturbed = Lines(new Script(1, Prompt, Blocks, Random).Generate(runner, 30));
            foreach (var chunk in new[] { int.MaxValue, 50, 17, 1 })
            {
                var script = new Script(1, Prompt, Blocks, Random);
                var before = script.Generate(runner, 13);
                script.Preempt();
                var after = script.Generate(runner, 17, chunk);
                Assert.Equal(undisturbed, Lines([.. before, .. after]));
            }
        });
    }

    [Fact]
    public void A_survivor_that_rejoins_another_group_goes_on_with_the_same_bits()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        Run(model, runner =>
        {
            var undisturbed = Lines(new Script(1, Prompt, Blocks, Random).Generate(runner, 20));
            var script = new Script(1, Prompt, Blocks, Random);
            var before = script.Generate(runner, 9);
            runner.Rejoin(new SingleRankCollective(epoch: 2));
            script.Preempt();
            Assert.Equal(undisturbed, Lines([.. before, .. script.Generate(runner, 11)]));
            using var pair = new InProcessCollectiveHub().Join(0, 2, 3);
            Assert.Throws<InvariantBrokenException>(() => runner.Rejoin(pair));
        });
    }

    [Fact]
    public void Every_rank_counts_the_same_collectives_each_step()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, 4).Select(rank => hub.Join(rank, 4, 1)).ToArray();
        var counts = Collectives.RankThreads.Run(ranks, rank =>
        {
            using var card = Runners.Card();
            using var runner = ModelLoader.Load(Runners.Settings(model.Folder), card, OpTable.InTree(), rank);
            Assert.Equal(0, rank.CompletedCount);
            new Script(1, Prompt, Blocks, Random).Generate(runner, 3);
            return rank.CompletedCount;
        });
        // Three steps of one embedding sum, two sums a layer and one gathering of logits.
        Assert.All(counts, count => Assert.Equal(3 * (1 + (2 * 2) + 1), count));
    }

    [Fact]
    public void Call_counters_show_which_code_ran()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var card = Runners.Card();
        var table = PluginOps.Table();
        using var runner = ModelLoader.Load(Runners.Settings(model.Folder), card, table, new SingleRankCollective(1));
        var before = table.Report().Ops.ToDictionary(row => row.Name, row => row.Calls);
        new Script(1, Prompt, Blocks, Random).Generate(runner, 3);
        var calls = table.Report().Ops.ToDictionary(
            row => row.Name, row => (row.Provider, row.Calls - before[row.Name]));
        // Three steps of two layers: two norms a layer and one at the end; one of everything else a layer.
        Assert.Equal(("hpu_custom_ops", 3L * 5), calls["RMSNorm"]);
        Assert.Equal(("hpu_custom_ops", 3L * 2), calls["RotaryEmbedding"]);
        Assert.Equal(("hpu_custom_ops", 0), calls["GemmaRMSNorm"]);
        var inTree = new[] { ("Attention", 2), ("SiluAndMul", 2), ("RowParallelLinear", 4), ("ParallelLMHead", 1) };
        foreach (var (name, count) in inTree)
            Assert.Equal(("in-tree", 3L * count), calls[name]);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var model = RandomModel.Write(new RandomModelShape("Qwen3ForCausalLM"));
        foreach (var table in new Func<OpTable>[] { () => OpTable.InTree(), PluginOps.Table })
        {
            Runners.Run(Runners.Settings(model.Folder), 1, runner =>
            {
                var script = new Script(1, Prompt, Blocks, Random);
                script.Generate(runner, 3);
                var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
                for (var round = 0; round < 4; round++)
                    new Script(1, Prompt, Blocks, Random).Generate(runner, 50);
                Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
                return 0;
            }, table);
        }
    }

    [Fact]
    public void A_plan_that_cannot_be_right_is_our_mistake()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        Run(model, runner =>
        {
            var good = new SequenceStep(1, [1, 2], 0, 2, [0], Random, 0);
            runner.Run(new StepPlan(1, [good]));
            foreach (var bad in new[]
                     {
                         good with { TokenIds = [] }, good with { TokenIds = [101] }, good with { TokenIds = [-1] },
                         good with { FirstPosition = 15 }, good with { FirstPosition = -1 },
                         good with { BlockTable = [64] },
                         good with { BlockTable = [] },
                         good with { FirstPosition = 511, BlockTable = [.. new int[40]] },
                     })
                Assert.Throws<InvariantBrokenException>(() => runner.Run(new StepPlan(1, [bad])));
            Assert.Throws<InvariantBrokenException>(() => runner.Run(new StepPlan(1, [])));
            Assert.Throws<InvariantBrokenException>(() => runner.Run(new StepPlan(1, [good, good])));
        });
    }

    [Fact]
    public async Task An_aborted_epoch_frees_a_rank_inside_its_step_and_the_rank_can_rejoin()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var hub = new InProcessCollectiveHub();
        var rank = hub.Join(0, 2, 1);
        using var absent = hub.Join(1, 2, 1);
        using var card = Runners.Card();
        using var runner = ModelLoader.Load(Runners.Settings(model.Folder), card, OpTable.InTree(), rank);
        var plan = new StepPlan(1, [new SequenceStep(1, [1, 2], 0, 2, [0], Random, 0)]);
        var live = 0L;
        var step = Collectives.RankThreads.Start(() =>
        {
            live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            var error = Record.Exception(() => runner.Run(plan));
            live -= TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            return error;
        });
        rank.Abort(1, "the test says so");
        Assert.IsType<CollectiveAbortedException>(await step);
        Assert.Equal(0, live);
    }

    private static void Run(RandomModel model, Action<IModelRunner> body)
    {
        foreach (var table in new Func<OpTable>[] { () => OpTable.InTree(), PluginOps.Table })
            Runners.Run(Runners.Settings(model.Folder), 1, runner => { body(runner); return 0; }, table);
    }

    private static string Lines(IEnumerable<Drawn> drawn) => string.Join('\n', drawn);

    // Alone and batched steps hash different sets of rows; every row's values are in the log probabilities.
    private static string WithoutDigests(string lines) =>
        string.Join('\n', lines.Split('\n').Select(line => line.Split(nameof(Drawn.LogitsDigest))[0]));
}
