using Gaudi.Hpu.Cards;
using Gaudi.Hpu.GaudiPlugin;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Platforms;

/// <summary>The built-in plugin, found through its assembly as a worker finds it.</summary>
public sealed class HpuPlatformTests
{
    private static readonly SimulatedCardSettings TwoGaudi3 = new(CardGeneration.Gaudi3, 2, MemoryBytes: null);

    private static PluginWorld World(PlatformConfig? config = null, params (string Name, string Value)[] environment)
    {
        var world = new PluginWorld { Simulate = TwoGaudi3, InTreeOps = null, Config = config ?? new PlatformConfig() };
        foreach (var (name, value) in environment)
            world.Environment[name] = value;
        return world;
    }

    [Fact]
    public void Register_returns_the_full_class_name_and_the_platform_is_selected()
    {
        var load = World().Load();

        Assert.Null(load.Fatal);
        Assert.IsType<HpuPlatform>(load.ActivePlatform);
        Assert.Equal(("hpu", "Gaudi.Hpu.GaudiPlugin.HpuPlatform"), (load.Platform.Selected, load.Platform.ClassName));
        Assert.Equal(OpDispatch.OutOfTree, load.ActivePlatform.Dispatch);
        Assert.Equal("HABANA_VISIBLE_MODULES", load.ActivePlatform.DeviceControlVariable);
    }

    [Fact]
    public void Register_declines_with_the_reason_of_the_probe_where_there_is_no_card()
    {
        var world = new PluginWorld { InTreeOps = null };
        var load = world.Load();

        var row = Assert.Single(load.Plugins, p => p.Name == "hpu");
        Assert.Equal(("declined", "no Gaudi card found: this is a test"), (row.Outcome, row.Reason));
        Assert.IsType<CpuPlatform>(load.ActivePlatform);
        Assert.Empty(world.EnvironmentWrites);
    }

    [Fact]
    public void Eager_start_writes_weight_sharing_and_scale_patching()
    {
        var world = World();
        var load = world.Load();

        Assert.Equal([("PT_HPU_WEIGHT_SHARING", "0"), ("RUNTIME_SCALE_PATCHING", "1")], world.EnvironmentWrites);
        Assert.False(((HpuPlatform)load.ActivePlatform).IsLazy);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("true", false)]
    public void Lazy_means_one_and_turns_the_compiler_off_and_lazy_collectives_on(string mode, bool isLazy)
    {
        var world = World(null, ("PT_HPU_LAZY_MODE", mode));
        var load = world.Load();

        Assert.Equal(isLazy, ((HpuPlatform)load.ActivePlatform).IsLazy);
        Assert.Equal(isLazy
            ? [("PT_HPU_WEIGHT_SHARING", "0"), ("PT_HPU_ENABLE_LAZY_COLLECTIVES", "true")]
            : [("PT_HPU_WEIGHT_SHARING", "0"), ("RUNTIME_SCALE_PATCHING", "1")], world.EnvironmentWrites);
        Assert.Equal(isLazy, load.Platform.Changes.Any(c => c is { Setting: "torch.compile", From: "on", To: "off" }));
    }

    [Fact]
    public void Values_the_user_set_are_kept_and_logged()
    {
        var world = World(null, ("PT_HPU_WEIGHT_SHARING", "1"), ("RUNTIME_SCALE_PATCHING", "0"));
        world.Load();

        Assert.Empty(world.EnvironmentWrites);
        Assert.Equal(2, world.Log.Count(l => l.Text.Contains("is kept as the user set it", StringComparison.Ordinal)));
    }

    [Fact]
    public void Register_ops_puts_its_modules_into_force_one_by_one()
    {
        var host = World().Host();
        var load = host.Load();
        var rows = host.Registry.Seal().Report().Ops.Where(o => o.Provider == "hpu_custom_ops");

        Assert.Equal(("registered", ""), (load.Plugins[1].Outcome, load.Plugins[1].Reason));
        Assert.Equal(
            [.. (from module in new[]
                {
                    ("hpu_layernorm", new[] { "GemmaRMSNorm", "RMSNorm" }),
                    ("hpu_rotary_embedding",
                        ["DeepseekScalingRotaryEmbedding", "DynamicNTKScalingRotaryEmbedding", "LinearScalingRotaryEmbedding",
                         "Llama3RotaryEmbedding", "Llama4VisionRotaryEmbedding", "MRotaryEmbedding",
                         "Phi3LongRoPEScaledRotaryEmbedding", "RotaryEmbedding", "YaRNScalingRotaryEmbedding"]),
                    ("hpu_rejection_sampler", ["RejectionSampler"]),
                    ("hpu_fused_moe", ["FusedTopKRouter", "UnquantizedFusedMoEMethod"]),
                    ("hpu_grouped_topk_router", ["GroupedTopk"]),
                    ("hpu_mm_encoder_attention", ["MMEncoderAttention"]),
                    ("hpu_mamba_mixer2", ["MambaMixer2", "Mixer2RMSNormGated"]),
                    ("hpu_compressed_tensors",
                        ["CompressedTensorsW8A8Fp8", "CompressedTensorsW8A8Fp8MoEMethod", "CompressedTensorsW8A8Int8", "CompressedTensorsWNA16",
                         "CompressedTensorsWNA16MarlinMoEMethod"]),
                    ("hpu_fp8", ["Fp8LinearMethod", "Fp8MoEMethod"]),
                    ("hpu_gptq", ["GPTQLinearMethod"]),
                    ("hpu_awq", ["AWQLinearMethod"]),
                    ("hpu_lora", ["BaseLinearLayerWithLoRA", "VocabParallelEmbeddingWithLoRA"]),
                    ("hpu_nixl_connector", ["NixlConnector"]),
                }
                from name in module.Item2
                select (name, module.Item1, (string?)"in-tree")).OrderBy(row => row.name, StringComparer.Ordinal)],
            rows.Select(r => (r.Name, r.Module, r.Replaces)));
    }

    [Fact]
    public void Config_check_returns_everything_it_changed_and_why()
    {
        var changes = World().Load().Platform.Changes;

        Assert.Equal(
            [("PT_HPU_WEIGHT_SHARING", "unset", "0"), ("RUNTIME_SCALE_PATCHING", "unset", "1"),
             ("worker-class", "auto", "Gaudi.Hpu.Execution.ModelRunner"), ("block-size", "unset", "128"),
                 ("custom-ops", "[]", "[all]")],
            changes.Select(c => (c.Setting, c.From, c.To)));
        Assert.All(changes, change => Assert.NotEmpty(change.Why));
    }

    [Fact]
    public void Config_check_keeps_what_the_user_set()
    {
        var config = new PlatformConfig { BlockSizeTokens = 64, WorkerClass = "Mine", Dtype = "float32" };
        var world = World(config);
        var load = new PluginWorld { Simulate = TwoGaudi3, InTreeOps = null, Config = config,
            CustomOps = ["none", "+RMSNorm"] }.Load();

        Assert.Equal((64, "Mine", "float32"),
            (load.Config.BlockSizeTokens, load.Config.WorkerClass, load.Config.Dtype));
        Assert.Equal(["none", "+RMSNorm"], load.Config.CustomOps.ToArray());
        Assert.DoesNotContain(load.Platform.Changes, c =>
            c.Setting is "block-size" or "worker-class" or "dtype" or "custom-ops");
        Assert.Null(world.Load().Fatal);
    }

    [Fact]
    public void Config_check_turns_off_what_does_not_go_together()
    {
        var check = Platform().CheckConfig(new PlatformConfig
        {
            ContiguousPagedAttention = true, PrefixCaching = true, AsyncScheduling = true, SpeculativeDecoding = true,
        });

        Assert.False(check.Config.PrefixCaching);
        Assert.False(check.Config.AsyncScheduling);
        Assert.Equal(["prefix-caching", "async-scheduling"], check.Changes.TakeLast(2).Select(c => c.Setting));
    }

    [Fact]
    public void Config_check_of_its_own_result_changes_nothing()
    {
        var platform = Platform();
        var once = platform.CheckConfig(new PlatformConfig { ContiguousPagedAttention = true, PrefixCaching = true });
        var twice = platform.CheckConfig(once.Config);

        Assert.Empty(twice.Changes);
        Assert.Equal(once.Config, twice.Config);
    }

    [Theory]
    [InlineData("float16")]
    [InlineData("float64")]
    public void Dtype_that_is_not_supported_is_refused_and_never_converted(string dtype)
    {
        var check = Platform().CheckConfig(new PlatformConfig { Dtype = dtype });

        Assert.Equal(dtype, check.Config.Dtype);
        Assert.Equal(
            $"hpu does not compute in {dtype}, and nothing is converted silently; " +
            "use --dtype auto, bfloat16 or float32",
            Assert.Single(check.Problems));
    }

    [Fact]
    public void Dtype_that_is_not_supported_stops_the_start() => Assert.Contains(
        "hpu does not compute in float16", World(new PlatformConfig { Dtype = "float16" }).Load().Fatal,
            StringComparison.Ordinal);

    [Fact]
    public void Quantization_that_is_not_supported_is_refused() => Assert.Equal(
        "gguf quantization is currently not supported in hpu; supported: awq, awq_hpu, compressed-tensors, fp8, mxfp4, gptq, gptq_hpu; "
        + "use an unquantized checkpoint",
        Assert.Single(Platform().CheckConfig(new PlatformConfig { Quantization = "gguf" }).Problems));

    [Theory]
    [InlineData("gptq", "gptq_hpu")]
    [InlineData("awq", "awq_hpu")]
    public void Plain_checkpoints_of_four_bits_are_routed_to_its_own_ops(string method, string own)
    {
        var check = Platform().CheckConfig(new PlatformConfig { Quantization = method });
        Assert.Empty(check.Problems);
        Assert.Equal(own, check.Config.Quantization);
        Assert.Contains(check.Changes, change => change.Setting == "quantization" && change.From == method && change.To == own);
        Assert.DoesNotContain(
            Platform().CheckConfig(check.Config).Changes, change => change.Setting == "quantization");
    }

    [Fact]
    public void Attention_is_chosen_or_refused_with_a_reason()
    {
        Assert.Equal("paged", Platform().ChooseAttention(new AttentionNeeds()).Backend);
        Assert.Equal((null, "sparse attention is not supported on hpu"),
            Pair(Platform().ChooseAttention(new AttentionNeeds(IsSparse: true))));
        Assert.Equal("paged-mla", Platform().ChooseAttention(new AttentionNeeds(UsesMla: true)).Backend);
        Assert.Null(Platform().ChooseAttention(new AttentionNeeds(UsesMla: true, IsSparse: true)).Backend);

        static (string?, string) Pair(AttentionChoice choice) => (choice.Backend, choice.Reason);
    }

    [Fact]
    public void Report_says_which_attention_runs_and_which_is_refused() => Assert.Equal(
        [("plain", "paged"), ("latent", "paged-mla"), ("sparse", null)],
        World().Load().Platform.Attention.Select(offer => (offer.Need, offer.Backend)));

    [Fact]
    public void Classes_it_names_exist()
    {
        var platform = Platform();

        Assert.NotNull(typeof(Platform).Assembly.GetType(platform.WorkerClass)); // T28, R36
        Assert.NotNull(typeof(Platform).Assembly.GetType(platform.CommunicatorClass));
    }

    [Theory]
    [InlineData(CardGeneration.Gaudi2, 240f, "Intel Gaudi 2 (simulated)")]
    [InlineData(CardGeneration.Gaudi3, 448f, "Intel Gaudi 3 (simulated)")]
    public void Generation_decides_the_facts_of_a_card(CardGeneration generation, float fp8Max, string name)
    {
        var load = new PluginWorld { Simulate = new SimulatedCardSettings(generation, 3, null),
            InTreeOps = null }.Load();

        using var card = load.ActivePlatform.OpenCard(2);

        Assert.Equal(new CardFacts(2, name, generation, true, (8L << 30) / 2 / 3, fp8Max, "simulated"), card.Facts);
        Assert.Equal("cpu", card.Device.type.ToString().ToLowerInvariant());
    }

    [Fact]
    public void Card_that_does_not_exist_is_refused_with_the_count() => Assert.Equal(
        "card 2 was asked for, but hpu has 2 here, counted from 0",
        Assert.Throws<PlatformException>(() => Platform().OpenCard(2)).Message);

    [Fact]
    public void Card_that_was_found_but_cannot_compute_says_what_to_do()
    {
        var facts = new CardFacts(0, "Intel Gaudi 3 (HL-325L)", CardGeneration.Gaudi3, false, 128L << 30, 448f, "hlml");
        var platform = new HpuPlatform(new PlatformSetup(
            new Lazy<CardProbeResult>(new CardProbeResult([facts], "found")), null, _ => null, () => 0));

        Assert.Contains("simulate cards with gaudi.cards.simulate",
            Assert.Throws<PlatformException>(() => platform.OpenCard(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cpu_platform_stands_for_as_many_cards_as_are_simulated()
    {
        var world = new PluginWorld { Simulate = TwoGaudi3, InTreeOps = null };
        world.Environment[AllowList.Variable] = "";

        var platform = Assert.IsType<CpuPlatform>(world.Load().ActivePlatform);

        Assert.Equal([2L << 30, 2L << 30], platform.Cards.Select(c => c.MemoryBytes));
        Assert.Single(new CpuPlatform(new PlatformSetup(null!, null, _ => null, () => 8L << 30)).Cards);
    }

    private static HpuPlatform Platform() => (HpuPlatform)World().Load().ActivePlatform;
}
