using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Models.Families;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Platforms;

/// <summary>The platform's word on a model before a rank loads it: config check, attention, classes (section 3 of the rules).</summary>
public sealed class ModelFitTests : IDisposable
{
    private readonly RandomModel _model = RandomModel.Write(new RandomModelShape());

    public void Dispose() => _model.Dispose();

    private ModelFit Fit(
        TestPlatform? platform = null, string dtype = "auto", PlatformConfig? asked = null, ICollective? lane = null) => ModelFit.Of(
            platform ?? new TestPlatform(), asked ?? new PlatformConfig { CustomOps = ["all"] },
            new ModelRunnerSettings(_model.Folder, dtype, 64, null, null, 0.9), lane ?? new SingleRankCollective(1));

    private string Refusal(
        TestPlatform? platform = null, string dtype = "auto", PlatformConfig? asked = null, ICollective? lane = null) =>
        Assert.Throws<PlatformException>(() => Fit(platform, dtype, asked, lane)).Message;

    private void Quantize(string method) => Configure("\"architectures\":", $"\"quantization_config\":{{\"quant_method\":\"{method}\"}},\"architectures\":");

    private void Configure(string from, string to)
    {
        var path = Path.Combine(_model.Folder, "config.json");
        var text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    [Fact]
    public void Model_that_fits_is_loaded_as_asked_and_the_choice_is_told()
    {
        var fit = Fit();
        Assert.Equal("worker-class", Assert.Single(fit.Changes).Setting);
        Assert.Equal((64, "auto"), (fit.Settings.BlockSizeTokens, fit.Settings.Dtype));
        Assert.Equal("paged", fit.Attention.Backend);
        Assert.Equal(
            "test runs the model with attention `paged` (of the test), steps by Gaudi.Hpu.Execution.ModelRunner, "
            + "ranks through Gaudi.Hpu.Collectives.ICollective", Assert.Single(fit.Lines));
    }

    [Fact]
    public void What_the_platform_changes_is_loaded_and_told()
    {
        var fit = Fit(new TestPlatform { BlockSize = 256 });
        Assert.Equal(256, fit.Settings.BlockSizeTokens);
        Assert.Equal("test sets block-size to 256 (was 64): it says so", fit.Lines[1]);
    }

    [Fact]
    public void Quantization_of_the_checkpoint_is_checked_before_its_weights()
    {
        Quantize("awq");
        File.Delete(Path.Combine(_model.Folder, "model.safetensors"));
        Assert.Equal(
            "awq quantization is currently not supported in test; supported: gptq; use an unquantized checkpoint",
            Refusal(new TestPlatform { Quantizations = ["gptq"] }));
        Configure("awq", "bits-and-more");
        Assert.Equal("paged", Fit(new TestPlatform { Quantizations = ["bits-and-more"] }).Attention.Backend);
    }

    [Fact]
    public void Dtype_that_auto_means_is_checked_too()
    {
        Assert.Equal(ScalarType.Float32, _model.Shape.Dtype);
        var onlyBfloat16 = new TestPlatform { Dtypes = ["bfloat16"] };
        Assert.StartsWith("test does not compute in float32", Refusal(onlyBfloat16), StringComparison.Ordinal);
        Assert.Equal("bfloat16", Fit(onlyBfloat16, "bfloat16").Settings.Dtype);
    }

    [Fact]
    public void Platform_without_attention_for_it_refuses_with_its_reason()
    {
        Assert.Equal("test has no attention for this model: too old", Refusal(new TestPlatform { Attention = new(null, "too old") }));
        Assert.Equal(
            "test chooses attention `flash`, this build has `paged` for this model", Refusal(new TestPlatform { Attention = new("flash", "fast") }));
    }

    [Fact]
    public void Model_with_latent_attention_asks_for_it_and_gets_nothing_else()
    {
        var shape = new DeepseekShape("DeepseekV2ForCausalLM", HasQueryRank: false);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 1);
        var settings = new ModelRunnerSettings(model.Folder, "auto", 64, null, null, 0.9);
        ModelFit Fit(Platform platform) =>
            ModelFit.Of(platform, new PlatformConfig { CustomOps = ["all"] }, settings, new SingleRankCollective(1));
        var cpu = Fit(new CpuPlatform(new PlatformSetup(null!, null, _ => null, () => 8L << 30)));
        Assert.Equal("paged-mla", cpu.Attention.Backend);
        Assert.Contains("attention `paged-mla`", cpu.Lines[0], StringComparison.Ordinal);
        Assert.Equal(
            "test chooses attention `paged`, this build has `paged-mla` for this model",
            Assert.Throws<PlatformException>(() => Fit(new TestPlatform())).Message);
    }

    [Fact]
    public void Classes_this_build_has_not_are_refused() // R36
    {
        using var pair = new InProcessCollectiveHub().Join(0, 2, 1);
        Assert.Equal(
            "test wants steps run by Other.Worker, this build has Gaudi.Hpu.Execution.ModelRunner; "
            + "test wants ranks to talk through Other.Lanes, this build has Gaudi.Hpu.Collectives.ICollective",
            Refusal(new TestPlatform { Worker = "Other.Worker", Lanes = "Other.Lanes" }, lane: pair));
        Assert.NotEmpty(Fit(new TestPlatform { Lanes = pair.GetType().FullName! }, lane: pair).Lines);
    }

    [Fact]
    public void Plan_that_the_platform_wants_otherwise_is_refused_and_never_changed_in_silence() => Assert.Equal(
        "test wants another plan than the scheduler's: prefix-caching off (of the test); set it so",
        Refusal(new TestPlatform { SharesNoPrefix = true }, asked: new PlatformConfig { PrefixCaching = true }));

    [Fact]
    public void Every_reason_is_given_at_once()
    {
        Quantize("awq");
        var reasons = Refusal(new TestPlatform { Attention = new(null, "too old") }).Split("; ");
        Assert.StartsWith("awq quantization", reasons[0], StringComparison.Ordinal);
        Assert.EndsWith("too old", reasons[^1], StringComparison.Ordinal);
    }

    private sealed class TestPlatform : Platform
    {
        public int? BlockSize { get; init; }

        public ImmutableArray<string> Dtypes { get; init; } = ["float32", "bfloat16"];

        public ImmutableArray<string> Quantizations { get; init; } = [];

        public AttentionChoice Attention { get; init; } = new("paged", "of the test");

        public string Worker { get; init; } = typeof(ModelRunner).FullName!;

        public string Lanes { get; init; } = typeof(ICollective).FullName!;

        public bool SharesNoPrefix { get; init; }

        public override string Name => "test";

        public override string DeviceType => "cpu";

        public override OpDispatch Dispatch => OpDispatch.Native;

        public override ImmutableArray<CardFacts> Cards => [];

        public override ImmutableArray<string> SupportedDtypes => Dtypes;

        public override ImmutableArray<string> SupportedQuantizations => Quantizations;

        public override string WorkerClass => Worker;

        public override string CommunicatorClass => Lanes;

        public override ICard OpenCard(int index) => throw new PlatformException("the test has none");

        public override AttentionChoice ChooseAttention(AttentionNeeds needs) => Attention;

        public override PlatformConfigCheck CheckConfig(PlatformConfig config)
        {
            var check = base.CheckConfig(config);
            if (BlockSize is { } tokens && check.Config.BlockSizeTokens != tokens)
            {
                check = new PlatformConfigCheck(
                    check.Config with { BlockSizeTokens = tokens },
                    check.Changes.Add(new("block-size", $"{check.Config.BlockSizeTokens}", $"{tokens}", "it says so")), check.Problems);
            }
            return SharesNoPrefix && check.Config.PrefixCaching
                ? new PlatformConfigCheck(
                    check.Config with { PrefixCaching = false },
                    check.Changes.Add(new("prefix-caching", "on", "off", "of the test")), check.Problems)
                : check;
        }
    }
}
