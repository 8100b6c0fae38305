using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Models.Decoding;
using Gaudi.Tests.Hpu.Models.Families;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>What is read of checkpoints in float8, and what is refused before a card is opened.</summary>
public sealed class Fp8CheckpointTests
{
    private const ScalarType E4m3 = (ScalarType)24;
    private const string Down = "model.layers.1.mlp.down_proj.weight";

    // 192 and 320 are no multiples of 128, and of 4 ranks' 80 rows or columns the second begins within a block.
    private static readonly RandomModelShape Llama = new() { Hidden = 192, Ffn = 320, Heads = 8, KvHeads = 4, HeadDim = 24 };

    [Fact]
    public void Dtype_is_bfloat16_unless_float32_is_asked_for()
    {
        using var twin = WriteLlama(128, 128);
        var dtypes = new[] { "auto", "float32", "bfloat16" }.Select(dtype => Runners.Run(
            Runners.Settings(twin.Quantized, dtype), 1, runner => runner.Facts.Dtype)[0]);
        Assert.Equal(["bfloat16", "float32", "bfloat16"], dtypes);
    }

    // Of a tied model norms and the embedding alone are plain, and `Linear` covers them by their names.
    [Theory]
    [InlineData("int8", ScalarType.Float32, "float32")]
    [InlineData("fp8-channel", ScalarType.Float32, "float32")]
    [InlineData("fp8-channel", ScalarType.BFloat16, "bfloat16")]
    public void Dtype_is_that_of_what_is_plain(string scheme, ScalarType stored, string expected)
    {
        using var source = RandomModel.Write(new RandomModelShape { IsTied = true });
        using var model = QuantizedCheckpoint.Of(source.Folder, scheme, 0, plainDtype: stored);
        Assert.Equal(expected, Runners.Run(Runners.Settings(model.Folder), 1, runner => runner.Facts.Dtype, PluginOps.Table)[0]);
    }

    [Fact]
    public void Modules_that_are_not_converted_are_plain()
    {
        using var twin = TwinCheckpoint.Write(
            LlamaConfig(),
            """{"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": ["mlp.down_proj"]}""",
            Llama.Tensors(),
            (random, name, size) =>
                name.Contains("down_proj", StringComparison.Ordinal) ? null : Quantize(random, name, size, 128, 128));
        using var card = Runners.Card();
        using var build = new DecoderBuild(
            twin.Quantized, Runners.Settings(twin.Quantized), null, card, PluginOps.Table(), new SingleRankCollective(1), leasePrefix: "");
        foreach (var linear in build.Ops.Weighted.OfType<ParallelLinear>())
        {
            var isPlain = linear.Spec.Prefix.EndsWith("down_proj", StringComparison.Ordinal);
            Assert.Equal(isPlain, linear.Method is not HpuFp8LinearMethod);
        }
    }

    [Fact]
    public void Codes_where_plain_weights_are_promised_are_refused() => Refuses(
        $"tensor 'model.layers.0.mlp.down_proj.weight': expected float32, bfloat16 or float16 values",
        """{"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": ["mlp.down_proj"]}""");

    [Fact]
    public void Missing_scales_are_named() => Refuses(
        $"tensor '{Down}_scale_inv': expected the scales of a float8 weight, or `weight_scale`, came neither",
        change: tensors => tensors.Remove($"{Down}_scale_inv"));

    [Fact]
    public void Scales_of_another_shape_are_named() => Refuses(
        $"tensor '{Down}_scale_inv': expected [2, 3], came [1, 3]",
        change: tensors => tensors[$"{Down}_scale_inv"] = ones([1, 3]));

    [Fact]
    public void Scales_of_outputs_of_another_number_are_named() => Refuses(
        $"tensor '{Down}_scale': expected [], [1], [192] or [192, 1], [2, 3], came [2]", change: tensors =>
        {
            tensors.Remove($"{Down}_scale_inv");
            tensors[$"{Down}_scale"] = ones([2]);
        });

    [Fact]
    public void Scales_of_another_type_are_named() => Refuses(
        $"tensor '{Down}_scale_inv': expected scales in float32, bfloat16 or float16, came Byte",
        change: tensors => tensors[$"{Down}_scale_inv"] = ones([2, 3], ScalarType.Byte));

    [Theory]
    [InlineData("fp8-static", "input_scale", "input_scale': expected one scale, as activations are scaled statically, came none")]
    [InlineData("fp8-channel", "weight_scale", "weight_scale_inv': expected the scales of a float8 weight, or `weight_scale`, came")]
    public void Missing_scales_of_other_schemes_are_named(string scheme, string kind, string message)
    {
        const string Layer = "model.layers.1.mlp.down_proj";
        using var source = RandomModel.Write(new RandomModelShape());
        using var model = QuantizedCheckpoint.Of(
            source.Folder, scheme, 0, change: (name, stored) => name == $"{Layer}.{kind}" ? null : stored);
        var error = Assert.Throws<CheckpointException>(() => ModelPreflight.Check(Runners.Settings(model.Folder), worldSize: 1));
        Assert.Contains($"tensor '{Layer}.{message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_scales_of_another_ranks_expert_are_named()
    {
        var shape = new QuantizedMoeShape();
        const string Missing = "model.layers.0.mlp.experts.5.up_proj.weight_scale_inv";
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, "fp8", 32, change: (name, stored) => name == Missing ? null : stored);
        using var card = Runners.Card();
        var error = Assert.Throws<CheckpointException>(() => new DecoderBuild(
            model.Folder, Runners.Settings(model.Folder) with { IsExpertParallel = true }, null, card, PluginOps.Table(),
            new SilentRank(rank: 0, worldSize: 2), leasePrefix: ""));
        Assert.Contains($"missing: {Missing};", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlp.down_proj", "model.layers.0.mlp.down_proj", true)]
    [InlineData("model.layers.1", "model.layers.1.mlp.down_proj", true)]
    [InlineData("model.layers.1", "model.layers.11.mlp.down_proj", false)]
    [InlineData("down", "model.layers.1.mlp.down_proj", false)]
    [InlineData("1", "model.layers.11.mlp.experts.1.down_proj", true)] // not the first that looks like it
    [InlineData("layers.*.mlp", "model.layers.1.mlp.down_proj", true)]
    [InlineData("layers.*.mlp", "model.layers.1.self_attn.q_proj", false)]
    [InlineData("mlp.gate", "model.layers.1.mlp.gate_proj", false)]
    public void Modules_that_are_not_converted_are_named_by_whole_parts(string plain, string layer, bool isPlain)
    {
        var config = new Fp8Config([], IsStatic: false, [plain]);
        StoredTensor Find(string name) => new(E4m3, [8, 8]);
        if (isPlain)
            Assert.Throws<QuantizationException>(() => config.Covers(layer, Find));
        else
            Assert.True(config.Covers(layer, Find));
    }

    [Fact]
    public void Blocks_without_a_size_are_refused() => Refuses(
        "expected weight_block_size in config.json's quantization_config, there is none", """{"quant_method": "fp8"}""");

    [Theory]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [128]}""", "'quantization_config.weight_block_size'")]
    [InlineData("""{"quant_method": "fp8", "fmt": "e5m2"}""", "'quantization_config.fmt': expected e4m3")]
    [InlineData("""{"quant_method": "bitsandbytes"}""", "by bitsandbytes, which is not built yet; supported: awq, compressed-tensors, fp8, mxfp4, gptq")]
    public void Other_ways_are_refused_with_those_that_are_supported(string quantization, string message) =>
        Refuses(message, quantization);

    private static void Refuses(
        string message, string? quantization = null, Action<Dictionary<string, Tensor>>? change = null)
    {
        using var twin = TwinCheckpoint.Write(
            LlamaConfig(), quantization ?? Blocks(128, 128), Llama.Tensors(),
            (random, name, size) => Quantize(random, name, size, 128, 128), change);
        var error = Assert.Throws<CheckpointException>(() => ModelPreflight.Check(Runners.Settings(twin.Quantized), worldSize: 1));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static TwinCheckpoint WriteLlama(int blockRows, int blockColumns) => TwinCheckpoint.Write(
        LlamaConfig(), Blocks(blockRows, blockColumns), Llama.Tensors(),
        (random, name, size) => Quantize(random, name, size, blockRows, blockColumns));

    private static JsonObject LlamaConfig() => JsonSerializer.SerializeToNode(Llama.Config())!.AsObject();

    private static string Blocks(int rows, int columns) =>
        $$"""{"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [{{rows}}, {{columns}}]}""";

    private static bool IsQuantized(string name, int[] shape) => shape.Length == 2
        && (name.Contains("_proj", StringComparison.Ordinal) || name.Contains("expert", StringComparison.Ordinal));

    private static QuantizedTensor? Quantize(Random random, string name, int[] shape, int blockRows, int blockColumns)
    {
        if (!IsQuantized(name, shape))
            return null;
        var codes = Codes(random, name, shape);
        var scales = Scales(random, (shape[0] + blockRows - 1) / blockRows, (shape[1] + blockColumns - 1) / blockColumns);
        var spread = scales.repeat_interleave(blockRows, 0).repeat_interleave(blockColumns, 1)
            .narrow(0, 0, shape[0]).narrow(1, 0, shape[1]);
        return new QuantizedTensor(codes.to_type(ScalarType.Float32) * spread, (name, codes), ($"{name}_scale_inv", scales));
    }

    // libtorch's own float8, so that its decoding judges ours.
    private static Tensor Codes(Random random, string name, int[] shape) =>
        TwinCheckpoint.Noise(random, name, shape, gain: 40).to_type(E4m3);

    private static Tensor Scales(Random random, int rows, int columns) =>
        tensor(
            Enumerable.Range(0, rows * columns).Select(_ => (float)((random.NextDouble() + 0.5) / 40)).ToArray(), [rows, columns]);
}
