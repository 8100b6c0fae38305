using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Models.Families;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Models whose keys and values take a byte each, through the loader and the runner.</summary>
public sealed class Fp8KvCacheTests
{
    private const string Scheme = """{"num_bits": 8, "type": "float", "strategy": "tensor", "dynamic": false, "symmetric": true}""";

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 21).Select(i => (i * 29 + 3) % 101)];
    private static readonly ImmutableArray<int> Blocks = [5, 0, 9, 3, 11, 7];

    private static readonly SamplingParameters Seeded = new(1.1f, 0.95f, 50, 0.01f, Seed: 77, LogprobCount: 3);

    private static ModelRunnerSettings Settings(string folder) => Runners.Settings(folder) with { KvCacheDtype = "fp8" };

    [Fact]
    public void Cache_has_twice_the_blocks_of_bfloat16_and_the_ledger_says_so()
    {
        using var model = RandomModel.Write(new RandomModelShape { Dtype = ScalarType.BFloat16, MaxPositions = 512 });
        ModelRunnerFacts Facts(string asked)
        {
            using var card = Runners.Card(64L << 20);
            using var runner = ModelLoader.Load(
                Runners.Settings(model.Folder) with { KvBlockCount = null, KvCacheDtype = asked }, card, PluginOps.Table(),
                new SingleRankCollective(1));
            return runner.Facts;
        }
        var (wide, narrow) = (Facts("auto"), Facts("fp8_inc"));
        // Keys and values of 2 layers, 16 positions, 8 heads of 8.
        const long ValuesOfBlock = 2L * 2 * 16 * 8 * 8;
        Assert.Equal(wide.KvBlockCount * ValuesOfBlock * 2, wide.KvBytes);
        Assert.Equal(narrow.KvBlockCount * ValuesOfBlock, narrow.KvBytes);
        Assert.InRange(narrow.KvBlockCount, (2 * wide.KvBlockCount) - 1, (2 * wide.KvBlockCount) + 1);
        Assert.Equal("kv cache", wide.Ledger[^1].Purpose);
        Assert.Equal(("kv cache (fp8_e4m3)", narrow.KvBytes), (narrow.Ledger[^1].Purpose, narrow.Ledger[^1].Bytes));
        Assert.DoesNotContain(wide.Notes, note => note.Contains("fp8", StringComparison.Ordinal));
        Assert.Contains(
            "keys and values are kept in fp8_e4m3 up to 448, a byte each, as --kv-cache-dtype fp8_inc says; the checkpoint has no "
            + "scales for them, so they are stored as they are",
            narrow.Notes);
    }

    [Theory]
    [InlineData("LlamaForCausalLM", ScalarType.Float32, null)]
    [InlineData("Qwen3ForCausalLM", ScalarType.BFloat16, null)]
    [InlineData("Qwen2ForCausalLM", ScalarType.Float32, 9)] // one layer sees a window
    public void Ranks_chunks_company_and_preemption_change_no_bit(string architecture, ScalarType dtype, int? window)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { Dtype = dtype, WindowTokens = window });
        foreach (var sampling in new[] { Script.Greedy, Seeded })
        {
            Drawn[] Generate(int worldSize, int chunk) => Runners.Run(
                Settings(model.Folder), worldSize,
                runner => new Script(1, Prompt, Blocks, sampling).Generate(runner, 12, chunk), PluginOps.Table)[0].ToArray();
            var alone = Generate(1, int.MaxValue);
            Assert.Equal(alone, Generate(1, chunk: 5));
            Assert.Equal(alone, Generate(2, int.MaxValue));
            Assert.Equal(alone, Generate(4, chunk: 9));
            Assert.Equal(Ids(alone), Runners.Run(Settings(model.Folder), 2, runner => Busy(runner, sampling), PluginOps.Table)[0]);
            Assert.NotEqual(
                alone,
                Runners.Run(
                    Runners.Settings(model.Folder), 1, runner => new Script(1, Prompt, Blocks, sampling).Generate(runner, 12).ToArray())[0]);
        }
    }

    [Theory]
    [InlineData(VerificationMode.Coupled)]
    [InlineData(VerificationMode.Standard)]
    public void A_draft_model_that_is_the_target_is_always_right(VerificationMode mode)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var settings = Settings(model.Folder) with
        {
            Draft = new DraftSettings(model.Folder), VerifiedRowsMax = 5, Verification = mode,
        };
        var alone = Runners.Run(Settings(model.Folder), 1, runner => Ids([.. new Script(1, Prompt, Blocks, Seeded).Generate(runner, 20)]))[0];
        foreach (var worldSize in new[] { 1, 2 })
        {
            var tokens = Runners.Same(settings, worldSize, runner =>
            {
                var script = new Script(1, Prompt, Blocks, Seeded);
                ImmutableArray<int> drafts = [];
                for (var number = 1; script.Tokens.Count < Prompt.Length + 20; number++)
                {
                    var step = script.Next(drafts: drafts, draftCountMax: 3);
                    var output = runner.Run(new StepPlan(number, [step]));
                    Assert.Equal(drafts.Length + 1, output.Tokens.Length); // all stood
                    script.Apply(step, output);
                    drafts = output.Drafts.Single().TokenIds;
                }
                Assert.Equal(["kv cache (fp8_e4m3)", "draft kv cache (fp8_e4m3)"], runner.Facts.Ledger.Select(one => one.Purpose).TakeLast(2));
                return string.Join(' ', script.Tokens.Skip(Prompt.Length).Take(20));
            });
            Assert.Equal(alone, tokens);
        }
    }

    [Theory]
    [InlineData(CardGeneration.Gaudi3, true, 0.5f, 0.25f)]
    [InlineData(CardGeneration.Gaudi2, true, 0.5f * 448 / 240, 0.25f * 448 / 240)]
    [InlineData(CardGeneration.Gaudi2, false, 0.5f, 0.25f)]
    [InlineData(CardGeneration.Gaudi3, false, 0.5f * 240 / 448, 0.25f * 240 / 448)]
    public void Checkpoints_scales_are_fitted_to_the_cards_range(CardGeneration generation, bool adjusts, float key, float value)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var folder = Fp8Folder.Of(
            model.Folder, Scheme,
            ("model.layers.0.self_attn.k_scale", [0.5f]), ("model.layers.0.self_attn.v_scale", [0.25f]),
            ("model.layers.0.self_attn.q_scale", [3]), ("model.layers.0.self_attn.prob_output_scale", [3]));
        var settings = Runners.Settings(folder.Path);
        using var card = Card(generation);
        using var build = new DecoderBuild(
            folder.Path, settings with { Fp8 = settings.Fp8 with { AdjustsScales = adjusts } }, null, card, PluginOps.Table(),
            new SingleRankCollective(1), "");
        using var cache = new KvCache(card, build.KvShape, 2, "kv cache");
        var max = SimulatedCards.Fp8Max(generation);
        var layers = cache.Layers.Cast<PagedKv>().ToArray();
        Assert.Equal(new KvScales(key, value, max), layers[0].Scales);
        Assert.Equal(KvScales.Plain(max), layers[1].Scales);
        Assert.All(layers, layer => Assert.Equal(E4m3.Dtype, layer.Dtype));
        Assert.Equal(E4m3.Dtype, cache.Shape.Dtype);
        Assert.Equal(
            $"keys and values are kept in fp8_e4m3 up to {max}, a byte each, as the checkpoint's kv_cache_scheme says; with the "
            + "checkpoint's scales in 1 of 2 layers",
            Assert.Single(build.Kv.Notes));
        foreach (var lease in build.Leases)
            lease.Dispose();
    }

    [Theory]
    [InlineData("self_attn.attn.k_scale", "self_attn.attn.v_scale")]
    [InlineData("self_attn.k_proj.k_scale", "self_attn.v_proj.v_scale")]
    [InlineData("self_attn.qkv_proj.k_scale", "self_attn.qkv_proj.v_scale")]
    [InlineData("self_attn.k_proj.output_scale", "self_attn.v_proj.output_scale")]
    [InlineData("self_attn.kv_scale", null)]
    public void Scales_have_the_same_effect_whatever_their_names(string key, string? value)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        ImmutableArray<(string, float[])> Named(string keyName, string? valueName) =>
        [
            .. Enumerable.Range(0, 2).SelectMany(layer => new[] { keyName, valueName }.OfType<string>()
                .Select(name => ($"model.layers.{layer}.{name}", new[] { 0.013f }))),
        ];
        using var usual = Fp8Folder.Of(model.Folder, Scheme, [.. Named("self_attn.k_scale", "self_attn.v_scale")]);
        using var other = Fp8Folder.Of(model.Folder, scheme: null, [.. Named(key, value)]);
        ulong[] Digests(ModelRunnerSettings settings) => Runners.Run(
            settings, 1, runner => new Script(1, Prompt, Blocks, Script.Greedy).Generate(runner, 3).Select(one => one.LogitsDigest).ToArray())[0];
        var scaled = Digests(Runners.Settings(usual.Path));
        Assert.Equal(scaled, Digests(Settings(other.Path)));
        Assert.NotEqual(scaled, Digests(Settings(model.Folder)));
        // Without the flag they change nothing, not even the type that the model computes in.
        Assert.Equal(Digests(Runners.Settings(model.Folder)), Digests(Runners.Settings(other.Path)));
    }

    [Fact]
    public void Scales_do_not_widen_a_bfloat16_model()
    {
        using var model = RandomModel.Write(new RandomModelShape { Dtype = ScalarType.BFloat16 });
        using var folder = Fp8Folder.Of(model.Folder, Scheme, ("model.layers.1.self_attn.k_scale", [0.1f]));
        Assert.Equal("bfloat16", Runners.Run(Runners.Settings(folder.Path), 1, runner => runner.Facts.Dtype)[0]);
    }

    [Fact]
    public void Latent_attention_keeps_latents_in_a_byte_and_shares_the_larger_scale()
    {
        var shape = new DeepseekShape("DeepseekV3ForCausalLM", HasQueryRank: true);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var folder = Fp8Folder.Of(
            model.Folder, scheme: null, ("model.layers.0.self_attn.k_scale", [0.02f]), ("model.layers.0.self_attn.v_scale", [0.03f]));
        Drawn[] Generate(int worldSize, int chunk) => Runners.Run(
            Settings(folder.Path), worldSize, runner => new Script(1, Prompt, Blocks, Script.Greedy).Generate(runner, 6, chunk).ToArray(),
            PluginOps.Table)[0];
        var alone = Generate(1, int.MaxValue);
        Assert.Equal(alone, Generate(2, 7));
        using var card = Card(CardGeneration.Gaudi3);
        using var build = new DecoderBuild(
            folder.Path, Settings(folder.Path), null, card, PluginOps.Table(), new SingleRankCollective(1), "");
        Assert.Equal(new KvScales(0.03f, 0.03f, 448), ((Gaudi.Hpu.Layers.KvLayerShape)build.KvShape.Layers[0]).Scales);
        Assert.Equal(
            DeepseekShape.LayerCount * 16L * (DeepseekShape.KvRank + DeepseekShape.RopeDim), build.KvShape.BlockBytes);
        foreach (var lease in build.Leases)
            lease.Dispose();
    }

    [Fact]
    public void A_hybrid_keeps_states_as_ever_and_a_model_of_states_alone_refuses()
    {
        var hybrid = new GraniteShape(Experts: 0, HasRotary: true);
        using var granite = RandomCheckpoint.Write(hybrid.Config(), hybrid.Tensors(), seed: 3);
        Drawn[] Generate(int worldSize) => Runners.Run(
            Settings(granite.Folder), worldSize,
            runner => new Script(1, Prompt, Blocks, Script.Greedy).Generate(runner, 6).ToArray(), PluginOps.Table)[0];
        Assert.Equal(Generate(1), Generate(2));

        var states = new TinyMamba2(Groups: 1);
        using var mamba = RandomCheckpoint.Write(states.Config(), states.Tensors(), seed: 3);
        const string Refusal =
            "--kv-cache-dtype fp8: this Mamba2ForCausalLM keeps states, in float32, and no keys or values; leave it out";
        Assert.Equal(Refusal, Assert.Throws<CheckpointException>(() => ModelPreflight.Check(Settings(mamba.Folder), 1)).Message);
        Assert.Equal(Refusal, Assert.Throws<CheckpointException>(() => Load(Settings(mamba.Folder))).Message);
    }

    [Theory]
    [InlineData("model.layers.1.self_attn.k_scale", 0f, "expected one scale of the layer's keys or values, a float over 0, came 0;")]
    [InlineData("model.layers.1.self_attn.v_scale", float.NaN, "a float over 0, came NaN;")]
    [InlineData("model.layers.1.self_attn.k_scale", 1f, "came Float32 [2];", 2)]
    [InlineData("model.layers.0.self_attn.attn.k_scale", 1f, "expected one k scale for layer 0, came a second;")]
    public void A_scale_that_is_none_is_named(string name, float value, string expected, int count = 1)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var folder = Fp8Folder.Of(
            model.Folder, Scheme, (name, [.. Enumerable.Repeat(value, count)]), ("model.layers.0.self_attn.k_scale", [1]));
        var message = Assert.Throws<CheckpointException>(() => Load(Runners.Settings(folder.Path))).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("tensor 'model.layers.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"num_bits": 4, "type": "int"}""", "kv_cache_scheme.num_bits': expected 8,")]
    [InlineData("""{"num_bits": 8, "type": "int"}""", "kv_cache_scheme.type': expected float,")]
    [InlineData("""{"strategy": "attn_head"}""", "kv_cache_scheme.strategy': expected tensor,")]
    [InlineData("""{"dynamic": true}""", "kv_cache_scheme.dynamic': expected False,")]
    public void A_scheme_that_is_not_built_is_named(string scheme, string expected)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var folder = Fp8Folder.Of(model.Folder, scheme);
        Assert.Contains(
            expected, Assert.Throws<CheckpointException>(() => Load(Runners.Settings(folder.Path))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_word_is_refused()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        Assert.Equal(
            "--kv-cache-dtype must be auto, fp8, fp8_e4m3 or fp8_inc, not `fp8_e5m2`",
            Assert.Throws<CheckpointException>(() => Load(Runners.Settings(model.Folder) with { KvCacheDtype = "fp8_e5m2" })).Message);
    }

    private static HostCard Card(CardGeneration generation) => new(
        new CardFacts(0, "Test card", generation, true, 1L << 30, SimulatedCards.Fp8Max(generation), "simulated"));

    private static void Load(ModelRunnerSettings settings)
    {
        using var card = Card(CardGeneration.Gaudi3);
        ModelLoader.Load(settings, card, PluginOps.Table(), new SingleRankCollective(1)).Dispose();
    }

    private static string Ids(Drawn[] drawn) => string.Join(' ', drawn.Select(one => one.TokenId));

    // Beside another sequence that shares the first block of the prompt; halfway it is preempted.
    private static string Busy(IModelRunner runner, SamplingParameters sampling)
    {
        var mine = new Script(1, Prompt, Blocks, sampling);
        var other = new Script(2, Prompt.Take(16).Append(44), [5, 12, 13], Script.Greedy);
        for (var number = 1; mine.Tokens.Count < Prompt.Length + 12; number++)
        {
            if (number == 6)
                mine.Preempt();
            var steps = new[] { other.Next(), mine.Next(7) };
            var output = runner.Run(new StepPlan(number, [.. steps]));
            other.Apply(steps[0], output);
            mine.Apply(steps[1], output);
        }
        return string.Join(' ', mine.Tokens.Skip(Prompt.Length));
    }
}
