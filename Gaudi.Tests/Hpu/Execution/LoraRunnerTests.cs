using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Models.Lora;
using Gaudi.Tests.Hpu.Quantization;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Whole models with adapters: each sequence gets what it gets alone, to the bit, over any group size.</summary>
public sealed class LoraRunnerTests
{
    private const int Count = 6;

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Mixed_batch_gives_each_sequence_what_it_gets_alone(ScalarType dtype)
    {
        var shape = new RandomModelShape { Dtype = dtype };
        using var model = RandomModel.Write(shape);
        using var first = RandomAdapter.Write(RandomAdapter.ModulesOf(shape), seed: 1);
        using var second = RandomAdapter.Write(
            RandomAdapter.ModulesOf(shape).Where(one => one.Module.EndsWith("v_proj", StringComparison.Ordinal)), seed: 2, rank: 3);
        foreach (var table in QuantizedLinears.Tables)
        {
            // Norms have their own bits in each table, adapters have not.
            var plain = Runners.Run(
                Runners.Settings(model.Folder), 1, runner => LoraScripts.Run(runner, Count, null, null, null, null), table)[0];
            var alone = Runners.Run(LoraScripts.Settings(model.Folder), 1, runner =>
            {
                Load(runner, first, second);
                return LoraScripts.Alone(runner, Count, 1, "first").AddRange(LoraScripts.Alone(runner, Count, 2, "second"));
            }, table)[0];
            Assert.NotEqual(plain[1], alone[0]);
            Assert.NotEqual(plain[2], alone[1]);
            foreach (var worldSize in new[] { 1, 2, 4 })
            {
                var mixed = Runners.Run(LoraScripts.Settings(model.Folder), worldSize, runner =>
                {
                    Load(runner, first, second);
                    return LoraScripts.Run(runner, Count, null, "first", "second", null);
                }, table);
                Assert.All(mixed, rank => Assert.Equal([plain[0], alone[0], alone[1], plain[3]], rank.AsEnumerable()));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Adapter_says_what_the_model_with_merged_weights_says(bool isRankStabilized)
    {
        var shape = new RandomModelShape();
        using var model = RandomModel.Write(shape);
        using var adapter = RandomAdapter.Write(RandomAdapter.ModulesOf(shape), seed: 5, isRankStabilized: isRankStabilized);
        using var merged = RandomModel.Write(shape, adapter.MergeInto);
        var expected = Scores(merged.Folder, null);
        var actual = Scores(model.Folder, adapter);
        Assert.True(Distance(Scores(model.Folder, null), expected) > 0.1, "the adapter changes next to nothing");
        Assert.InRange(Distance(actual, expected), 0, 2e-4); // float32 sums in another order, through two layers
    }

    [Fact]
    public void Adapter_of_a_four_bit_model_is_that_of_the_widened_one()
    {
        var shape = new RandomModelShape { Hidden = 128, Ffn = 256, HeadDim = 16 };
        using var source = RandomModel.Write(shape);
        using var model = QuantizedCheckpoint.Of(source.Folder, "gptq", groupSize: 32);
        using var adapter = RandomAdapter.Write(RandomAdapter.ModulesOf(shape), seed: 3);
        ImmutableArray<string> Run(string folder, int worldSize) => Runners.Run(LoraScripts.Settings(folder), worldSize, runner =>
        {
            Load(runner, adapter);
            return LoraScripts.Run(runner, Count, null, "first");
        }, PluginOps.Table)[0];
        Assert.Equal(Run(model.PlainFolder, 1).AsEnumerable(), Run(model.Folder, 2).AsEnumerable());
    }

    [Fact]
    public void Slot_that_changes_hands_forgets_who_was_there()
    {
        var shape = new RandomModelShape();
        using var model = RandomModel.Write(shape);
        using var whole = RandomAdapter.Write(RandomAdapter.ModulesOf(shape), seed: 1, rank: 6);
        using var part = RandomAdapter.Write(
            RandomAdapter.ModulesOf(shape).Where(one => one.Module.Contains("mlp", StringComparison.Ordinal)), seed: 2, rank: 2);
        Runners.Run(LoraScripts.Settings(model.Folder), 1, runner =>
        {
            Load(runner, whole, part);
            var (first, second) = (LoraScripts.Run(runner, Count, "first"), LoraScripts.Run(runner, Count, "second"));
            Assert.NotEqual(first.AsEnumerable(), second.AsEnumerable());
            Assert.Equal(first.AsEnumerable(), LoraScripts.Run(runner, Count, "first"));
            Assert.Equal(["first", "second"], runner.LoraIds.AsEnumerable());
            runner.RemoveLora("first");
            Assert.Equal(["second"], runner.LoraIds.AsEnumerable());
            Assert.Null(runner.AddLora(part.Find("first")));
            Assert.Equal(second.AsEnumerable(), LoraScripts.Run(runner, Count, "first"));
            return 0;
        });
    }

    [Fact]
    public void Ledger_has_the_slots_and_the_cache_what_they_leave()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var settings = LoraScripts.Settings(model.Folder);
        long Slots(LoraSettings? lora) => Runners.Same(
            settings with { Lora = lora }, 2,
            runner => runner.Facts.Ledger.Where(lease => lease.Purpose == "lora slots").Sum(lease => lease.Bytes));
        Assert.Equal(0, Slots(null));
        var one = Slots(new LoraSettings(1, 6, 3));
        // Of one rank of two, in panels of 16 rows: a slot's A and B of two layers, the embedding and the head.
        const int Layer = (3 * ((16 * 64) + (32 * 6))) + ((16 * 32) + (64 * 6)) + (2 * ((16 * 64) + (48 * 6))) + ((16 * 48) + (64 * 6));
        const int Ends = (112 * 6) + (64 * 6) + (16 * 64) + (64 * 6);
        Assert.Equal(sizeof(float) * ((2 * Layer) + Ends), one);
        Assert.Equal(3 * one, Slots(new LoraSettings(3, 6, 3)));
    }

    private static void Load(IModelRunner runner, RandomAdapter first, RandomAdapter? second = null)
    {
        Assert.Null(runner.AddLora(first.Find("first")));
        if (second is not null)
            Assert.Null(runner.AddLora(second.Find("second")));
    }

    // [positions, vocabulary]: log probabilities behind each token of the prompt.
    private static float[] Scores(string folder, RandomAdapter? adapter) => Runners.Run(LoraScripts.Settings(folder), 2, runner =>
    {
        if (adapter is not null)
            Load(runner, adapter);
        var script = new Script(1, LoraScripts.Prompt, [0, 1], Script.Greedy);
        var step = script.Next() with
        {
            LoraSlot = adapter is null ? 0 : 2, PromptScoring = new PromptScoring(101, null),
        };
        var output = runner.Run(new StepPlan(1, [step]) { Loras = adapter is null ? [] : [new LoraPlace(2, "first")] });
        return output.PromptScores.SelectMany(score => score.Alternatives.OrderBy(one => one.TokenId).Select(one => one.Logprob)).ToArray();
    }, PluginOps.Table)[0];

    private static float Distance(float[] one, float[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max();
}
