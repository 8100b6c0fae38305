using System.Text.Json.Nodes;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Safetensors;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.Models.Families;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Decoding;

/// <summary>gpt-oss with experts in four-bit floats computes what the decoded experts do, to the bit.</summary>
public sealed class Mxfp4CheckpointTests
{
    private const int Hidden = 64;
    private const int Ffn = 96; // Over 4 ranks 24: shares begin within groups of 32.
    private const int Experts = 4;
    private const string Stack = "model.layers.1.mlp.experts.gate_up_proj";
    private const string Usual = """
        {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "model.embed_tokens", "lm_head"]}
        """;

    private static readonly float[] Magnitudes = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    public void Logits_are_those_of_the_decoded_weights(int worldSize, bool isExpertParallel)
    {
        using var twin = Write();
        twin.AssertSameBits(worldSize, isExpertParallel);
    }

    [Fact]
    public void Float32_is_decoded_to_where_it_is_asked_for()
    {
        using var twin = Write();
        twin.AssertSameBits(worldSize: 2, dtype: "float32");
    }

    [Fact]
    public void Dtype_is_bfloat16_and_a_note_says_what_was_done()
    {
        using var twin = Write();
        var facts = Runners.Run(Runners.Settings(twin.Quantized), 1, runner => runner.Facts)[0];
        Assert.Equal("bfloat16", facts.Dtype);
        Assert.Contains("quantized weights were decoded to bfloat16 at load and take its memory", facts.Notes);
    }

    [Fact]
    public void Layers_that_are_not_to_be_converted_are_read_as_plain_ones()
    {
        using var twin = Write(
            """{"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.0.mlp.experts"]}""",
            isPacked: name => !name.Contains("layers.0", StringComparison.Ordinal));
        twin.AssertSameBits(worldSize: 2);
    }

    [Fact]
    public void Codes_where_plain_weights_are_promised_are_refused() => Refuses(
        $"tensor 'model.layers.0.mlp.experts.down_proj_blocks': expected plain weights, as config.json's modules_to_not_convert "
        + $"says, came U8 [{Experts}, {Hidden}, {Ffn / 32}, 16]",
        """{"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.0.mlp.experts"]}""");

    [Fact]
    public void Missing_scales_are_named() => Refuses(
        $"tensor '{Stack}_scales': expected U8 [{Experts}, {2 * Ffn}, {Hidden / 32}], came none",
        change: tensors => tensors.Remove($"{Stack}_scales"));

    [Fact]
    public void Scales_of_another_shape_are_named() => Refuses(
        $"tensor '{Stack}_scales': expected U8 [{Experts}, {2 * Ffn}, {Hidden / 32}], came U8 [{Experts}, {2 * Ffn}, 1]",
        change: tensors => tensors[$"{Stack}_scales"] = zeros([Experts, 2 * Ffn, 1], ScalarType.Byte));

    [Fact]
    public void Missing_blocks_are_named() => Refuses(
        $"tensor '{Stack}_blocks': expected U8 [experts, outputs, groups, 16], came none",
        change: tensors => tensors.Remove($"{Stack}_blocks"));

    [Fact]
    public void Blocks_of_another_width_are_named() => Refuses(
        $"tensor '{Stack}_blocks': expected U8 [experts, outputs, groups, 16], came U8 [{Experts}, {2 * Ffn}, 2, 8]",
        change: tensors => tensors[$"{Stack}_blocks"] = zeros([Experts, 2 * Ffn, 2, 8], ScalarType.Byte));

    [Fact]
    public void Stacks_of_another_size_than_the_models_are_named_once() => Refuses(
        $"shapes differ from config.json: {Stack}_blocks: expected [{2 * Ffn}, {Hidden}], came [{2 * Ffn}, 32] once decoded; check",
        change: tensors =>
        {
            tensors[$"{Stack}_blocks"] = zeros([Experts, 2 * Ffn, 1, 16], ScalarType.Byte);
            tensors[$"{Stack}_scales"] = zeros([Experts, 2 * Ffn, 1], ScalarType.Byte);
        });

    // Written by hand from the format: 0x52 is 1 (code 2), then 3 (code 5); 0xF8 is -0 (code 8), then -6 (code 15).
    [Fact]
    public void Lower_half_of_a_byte_comes_first_and_scales_are_powers_of_two()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-mxfp4-").FullName;
        try
        {
            using var scope = NewDisposeScope();
            var bytes = new byte[48];
            (bytes[0], bytes[1], bytes[16], bytes[32]) = (0x52, 0xF8, 0x21, 0x02);
            var writer = new SafetensorsWriter();
            writer.Add("m.w_blocks", tensor(bytes, [1, 1, 3, 16]));
            writer.Add("m.w_scales", tensor(new byte[] { 128, 125, 255 }, [1, 1, 3]));
            writer.Write(Path.Combine(folder, "model.safetensors"));
            using var checkpoint = Checkpoint.Open(folder, new ModelQuantization("mxfp4", []));
            Assert.Equal(["m.w_blocks[0]"], checkpoint.Names);
            var row = checkpoint.Read("m.w_blocks[0]", 0, 0, 1).data<float>().ToArray();
            Assert.Equal([2, 6, 0, -12, 0], row[..5]);
            Assert.True(float.IsNegative(row[2]));
            Assert.Equal([0.125f, 0.25f, 0], row[32..35]);
            Assert.All(row[64..], value => Assert.True(float.IsNaN(value)));
            Assert.Equal([6, 0, -12], checkpoint.Read("m.w_blocks[0]", 1, 1, 3).data<float>().ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Refuses(
        string message, string quantization = Usual, Action<Dictionary<string, Tensor>>? change = null)
    {
        using var twin = Write(quantization, change: change);
        var error = Assert.Throws<CheckpointException>(() =>
        {
            using var card = Runners.Card();
            using var runner = ModelLoader.Load(
                Runners.Settings(twin.Quantized), card, OpTable.InTree(),
                new SingleRankCollective(epoch: 1));
        });
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static TwinCheckpoint Write(
        string quantization = Usual, Func<string, bool>? isPacked = null, Action<Dictionary<string, Tensor>>? change = null) =>
        TwinCheckpoint.Write(
            Config(), quantization, Tensors(),
            (random, name, shape) => shape.Length == 3 && isPacked?.Invoke(name) != false ? Pack(random, name, shape) : null,
            change);

    // The plain stack is [experts, inputs, outputs], the packed one [experts, outputs, groups of inputs, 16].
    private static QuantizedTensor Pack(Random random, string name, int[] shape)
    {
        var (experts, inputs, outputs) = (shape[0], shape[1], shape[2]);
        var blocks = new byte[experts * outputs * inputs / 2];
        var scales = new byte[experts * outputs * inputs / 32];
        var decoded = new float[experts, inputs, outputs];
        random.NextBytes(blocks);
        for (var i = 0; i < scales.Length; i++)
            scales[i] = (byte)random.Next(121, 126);
        for (var row = 0; row < experts * outputs; row++)
        {
            for (var input = 0; input < inputs; input++)
            {
                var at = (row * inputs) + input;
                var code = at % 2 == 0 ? blocks[at / 2] % 16 : blocks[at / 2] / 16;
                decoded[row / outputs, input, row % outputs] =
                    Magnitudes[code % 8] * (code < 8 ? 1 : -1) * MathF.Pow(2, scales[at / 32] - 127);
            }
        }
        return new QuantizedTensor(
            tensor(decoded),
            ($"{name}_blocks", tensor(blocks, [experts, outputs, inputs / 32, 16])),
            ($"{name}_scales", tensor(scales, [experts, outputs, inputs / 32])));
    }

    private static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("GptOssForCausalLM"),
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Ffn,
        ["num_hidden_layers"] = 2,
        ["num_attention_heads"] = 4,
        ["num_key_value_heads"] = 4,
        ["head_dim"] = 16,
        ["vocab_size"] = 101,
        ["max_position_embeddings"] = 512,
        ["num_local_experts"] = Experts,
        ["num_experts_per_tok"] = 2,
        ["sliding_window"] = 9,
    };

    private static IEnumerable<(string Name, int[] Shape)> Tensors() => DecoderTensors.All(101, Hidden, 2, (_, prefix) =>
    [
        .. new[] { "q", "k", "v", "o" }.SelectMany(name => new (string Name, int[] Shape)[]
        {
            ($"{prefix}.self_attn.{name}_proj.weight", [Hidden, Hidden]), ($"{prefix}.self_attn.{name}_proj.bias", [Hidden]),
        }),
        ($"{prefix}.self_attn.sinks", [4]),
        ($"{prefix}.mlp.router.weight", [Experts, Hidden]),
        ($"{prefix}.mlp.router.bias", [Experts]),
        ($"{prefix}.mlp.experts.gate_up_proj", [Experts, Hidden, 2 * Ffn]),
        ($"{prefix}.mlp.experts.gate_up_proj_bias", [Experts, 2 * Ffn]),
        ($"{prefix}.mlp.experts.down_proj", [Experts, Ffn, Hidden]),
        ($"{prefix}.mlp.experts.down_proj_bias", [Experts, Hidden]),
    ]);
}
