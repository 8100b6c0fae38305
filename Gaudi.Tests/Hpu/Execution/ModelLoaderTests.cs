using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>What a rank reads, what it holds, and what it refuses.</summary>
public sealed class ModelLoaderTests
{
    private static readonly RandomModelShape Shape = new()
    {
        Hidden = 128, Ffn = 256, Heads = 4, KvHeads = 2, HeadDim = 32, Vocabulary = 1000, IsTied = true,
    };

    [Fact]
    public void Two_ranks_hold_at_most_six_tenths_of_the_weights_each()
    {
        foreach (var shape in new[] { Shape, Shape with { IsTied = false } })
        {
            using var model = RandomModel.Write(shape);
            var whole = Runners.Run(Runners.Settings(model.Folder), 1, runner => runner.Facts.WeightBytes)[0];
            Assert.InRange(whole, Stored(model), Stored(model) * 1.02); // padding to panels of 16
            var halves = Runners.Run(Runners.Settings(model.Folder), 2, runner => runner.Facts.WeightBytes);
            Assert.All(halves, half => Assert.InRange(half, whole * 0.5, whole * 0.6));
        }
    }

    [Fact]
    public void Zeroing_one_tensor_of_the_second_ranks_slice_changes_the_logits()
    {
        using var model = RandomModel.Write(Shape);
        using var changed = RandomModel.Write(Shape, (name, values) =>
        {
            // o_proj [128, 128]: rank 1 of 2 owns the upper half of the columns.
            if (name == "model.layers.1.self_attn.o_proj.weight")
                for (var i = 0; i < values.Length; i++)
                    values[i] = i % 128 >= 64 ? 0 : values[i];
        });
        Assert.NotEqual(Digest(model, 2), Digest(changed, 2));
        Assert.Equal(Digest(changed, 1), Digest(changed, 2));
    }

    [Fact]
    public void The_ledger_shows_every_lease_and_nothing_after_disposal()
    {
        using var model = RandomModel.Write(Shape);
        using var card = Runners.Card();
        using (var runner = Load(model, card))
        {
            Assert.Equal(
                ["rotary table", "weights", "activations", "kv cache"], card.Leases.Select(lease => lease.Purpose));
            Assert.Equal(runner.Facts.WeightBytes, card.Leases[1].Bytes);
            Assert.Equal(runner.Facts.KvBytes, card.Leases[3].Bytes);
            // Keys and values of 2 layers, 64 blocks of 16 positions, 2 heads of 32, 4 bytes each.
            Assert.Equal(2L * 2 * 64 * 16 * 2 * 32 * 4, runner.Facts.KvBytes);
        }
        Assert.Equal(0, card.UsedBytes);
    }

    [Fact]
    public void A_load_that_fails_gives_every_lease_and_tensor_back()
    {
        using var model = RandomModel.Write(Shape);
        using var card = Runners.Card(3_000_000); // the weights fit, the activations do not
        Load(model, Runners.Card()).Dispose();
        var live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Throws<CardMemoryException>(() => Load(model, card));
        Assert.Equal(0, card.UsedBytes);
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_load_that_fails_after_its_caches_were_taken_gives_them_back()
    {
        using var model = RandomModel.Write(Shape);
        using var card = Runners.Card();
        var registry = new OpRegistry(OpRegistry.OpsOf(typeof(RmsNorm).Assembly), OpDispatch.OutOfTree);
        var registration = new OpRegistration(new OpOrigin("broken", "Broken:RegisterOps", "1.0.0"));
        registration.Module("broken", module => module.Replace<RejectionSampler, BrokenSampler>());
        registry.Apply(registration);
        var table = registry.Seal();
        var settings = Runners.Settings(model.Folder) with { Draft = new DraftSettings(model.Folder), VerifiedRowsMax = 4 };
        Load(model, Runners.Card()).Dispose();
        var live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.ThrowsAny<Exception>(() => ModelLoader.Load(settings, card, table, new SingleRankCollective(1)));
        Assert.Equal(0, card.UsedBytes);
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_cache_the_machine_has_no_room_for_gives_its_lease_back()
    {
        using var model = RandomModel.Write(Shape);
        using var card = Runners.Card(long.MaxValue); // the ledger has it, no address space does
        Assert.ThrowsAny<Exception>(() => Load(
            model, card, settings => settings with { KvBlockCount = int.MaxValue, BlockSizeTokens = 4096 }));
        Assert.Equal(0, card.UsedBytes);
    }

    [Fact]
    public void Blocks_fill_the_cards_memory_times_the_utilization()
    {
        using var model = RandomModel.Write(Shape);
        using var card = Runners.Card(64L << 20);
        using var runner = Load(
            model, card, settings => settings with { KvBlockCount = null, MemoryUtilization = 0.5 });
        var blockBytes = runner.Facts.KvBytes / runner.Facts.KvBlockCount;
        Assert.InRange(card.UsedBytes, (32L << 20) - blockBytes, 32L << 20);
    }

    [Fact]
    public void Too_few_blocks_for_one_sequence_are_refused_with_the_knobs_name()
    {
        using var model = RandomModel.Write(Shape);
        using var card = Runners.Card(8L << 20);
        var bySettings = Assert.Throws<CardMemoryException>(
            () => Load(model, card, settings => settings with { KvBlockCount = 31 })); // 512 positions need 32
        Assert.Contains(
            "one sequence of 512 tokens needs 32 KV blocks of 16, the settings give 31", bySettings.Message);
        var byMemory = Assert.Throws<CardMemoryException>(
            () => Load(model, card, settings => settings with { KvBlockCount = null, MemoryUtilization = 0.3 }));
        Assert.Contains("--max-model-len", byMemory.Message);
        Load(model, card, settings => settings with { KvBlockCount = 4, MaxModelLen = 64 }).Dispose();
    }

    [Theory]
    [InlineData("missing", "model.norm.weight")]
    [InlineData("shape", "expected [128, 256], came [256, 128]")]
    [InlineData("leftover", "model.layers.2.input_layernorm.weight")]
    public void Names_and_shapes_that_do_not_fit_the_configuration_are_listed(string fault, string message)
    {
        using var model = RandomModel.Write(fault == "leftover" ? Shape with { Layers = 3 } : Shape);
        var config = Path.Combine(model.Folder, "config.json");
        if (fault == "leftover")
            File.WriteAllText(
                config, File.ReadAllText(config).Replace("\"num_hidden_layers\":3", "\"num_hidden_layers\":2"));
        else
            Rewrite(model, fault);
        var error = Assert.Throws<CheckpointException>(() => Load(model, Runners.Card()));
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData(ScalarType.Float32, "auto", "float32", "")]
    [InlineData(ScalarType.BFloat16, "auto", "bfloat16", "")]
    [InlineData(ScalarType.Float16, "auto", "float32", "widened to float32")]
    [InlineData(ScalarType.BFloat16, "float32", "float32", "")]
    [InlineData(ScalarType.Float32, "bfloat16", "bfloat16", "rounded to bfloat16")]
    public void The_type_follows_the_checkpoint_unless_the_user_says_otherwise(
        ScalarType stored, string asked, string expected, string note)
    {
        using var model = RandomModel.Write(Shape with { Dtype = stored });
        using var runner = Load(model, Runners.Card(), settings => settings with { Dtype = asked });
        Assert.Equal(expected, runner.Facts.Dtype);
        Assert.Equal(note.Length > 0 ? 1 : 0, runner.Facts.Notes.Length);
        Assert.Contains(note, string.Concat(runner.Facts.Notes));
    }

    [Fact]
    public void Another_type_and_another_block_size_are_refused()
    {
        using var model = RandomModel.Write(Shape);
        var dtype = Assert.Throws<CheckpointException>(
            () => Load(model, Runners.Card(), settings => settings with { Dtype = "float16" }));
        Assert.Contains("--dtype must be auto, float32 or bfloat16, not `float16`", dtype.Message);
        var block = Assert.Throws<CheckpointException>(
            () => Load(model, Runners.Card(), settings => settings with { BlockSizeTokens = 20 }));
        Assert.Contains("multiple of 8", block.Message);
        var part = Assert.Throws<CheckpointException>(
            () => Load(model, Runners.Card(), settings => settings with { MemoryUtilization = 1.1 }));
        Assert.Contains("memory utilization", part.Message);
    }

    [Fact]
    public void A_group_the_heads_do_not_split_over_is_refused()
    {
        using var model = RandomModel.Write(Shape);
        using var rank = new SilentRank(0, 4);
        var error = Assert.Throws<CheckpointException>(
            () => ModelLoader.Load(Runners.Settings(model.Folder), Runners.Card(), OpTable.InTree(), rank));
        Assert.Contains("2 key-value heads", error.Message);
    }

    private sealed class BrokenSampler : RejectionSampler
    {
        public BrokenSampler(OpSpec spec)
            : base(spec) => throw new InvalidOperationException("a sampler that cannot be built");
    }

    private static IModelRunner Load(
        RandomModel model, ICard card, Func<ModelRunnerSettings, ModelRunnerSettings>? change = null)
    {
        var settings = Runners.Settings(model.Folder);
        return ModelLoader.Load(
            change?.Invoke(settings) ?? settings, card, OpTable.InTree(), new SingleRankCollective(1));
    }

    private static ulong Digest(RandomModel model, int worldSize) => Runners.Same(
        Runners.Settings(model.Folder), worldSize,
        runner => runner.Run(
            new StepPlan(1, [new SequenceStep(1, [1, 2, 3], 0, 3, [0], Script.Greedy, 0)])).LogitsDigest);

    private static long Stored(RandomModel model) =>
        model.Weights.Values.Sum(values => values.LongLength) * sizeof(float);

    private static void Rewrite(RandomModel model, string fault)
    {
        using var scope = NewDisposeScope();
        var writer = new Gaudi.Hpu.Models.Safetensors.SafetensorsWriter();
        foreach (var (name, size) in model.Shape.Tensors())
        {
            if (fault == "missing" && name == "model.norm.weight")
                continue;
            var isTurned = fault == "shape" && name == "model.layers.0.mlp.down_proj.weight";
            writer.Add(
                name, tensor(model.Weights[name], [.. (isTurned ? size.Reverse() : size).Select(one => (long)one)]));
        }
        writer.Write(Path.Combine(model.Folder, "model.safetensors"));
    }
}
