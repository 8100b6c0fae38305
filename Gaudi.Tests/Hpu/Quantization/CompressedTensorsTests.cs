using System.Text.Json.Nodes;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>Layers of compressed-tensors checkpoints: the plain layer of the values that are stored, to the bit; and which is which.</summary>
public sealed class CompressedTensorsTests
{
    private const int Inputs = 256;

    [Theory]
    [InlineData(true, ScalarType.Float32)]
    [InlineData(false, ScalarType.Float32)]
    [InlineData(true, ScalarType.BFloat16)]
    [InlineData(false, ScalarType.BFloat16)]
    public void Packed_codes_give_the_plain_product_over_any_ranks(bool isSymmetric, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        foreach (var groupSize in new[] { 32, 128, Inputs })
        {
            var layer = new FourBitLayer(QuantizedLinears.Weights(random, 48 * Inputs), 48, groupSize, isSymmetric: isSymmetric);
            var x = Specs.Random(random.Next(), dtype, 5, Inputs);
            var group = new CompressedGroup(["Linear"], CompressedScheme.PackedInt, groupSize == Inputs ? -1 : groupSize, isSymmetric, "");
            AssertPlain(new CompressedTensorsConfig([group], []), layer.PackedInt(), layer.Wide, 48, dtype, x, groupSize == 32 ? 8 : 2);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Whole_numbers_give_the_plain_product_of_the_rounded_weight_over_any_ranks(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        foreach (var outputs in new[] { 8, 40, 72 })
        {
            var layer = new WholeLayer(QuantizedLinears.Weights(new Random(outputs), outputs * Inputs), outputs);
            // In the activations' type, as the op says.
            var rounded = tensor(layer.Wide, [outputs, Inputs]).to_type(dtype).Floats();
            var group = new CompressedGroup(["Linear"], CompressedScheme.Whole, -1, true, "");
            AssertPlain(
                new CompressedTensorsConfig([group], []), layer.Tensors(), rounded, outputs, dtype, Specs.Random(3, dtype, 4, Inputs), 8);
        }
    }

    [Theory]
    [InlineData("model.layers.0.mlp.up_proj", true)]
    [InlineData("model.layers.0.mlp.gate", false)] // by name, as its last part
    [InlineData("model.layers.7.self_attn.q_proj", false)] // by expression
    [InlineData("model.layers.7.mlp.down_proj", true)]
    [InlineData("lm_head", false)]
    public void Ignored_layers_are_plain(string layer, bool isCovered)
    {
        var config = Read("""
            {"config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 32}}},
             "format": "pack-quantized", "ignore": ["lm_head", "gate", "re:.*layers\\.7\\.self_attn\\..*"]}
            """);
        Assert.Equal(isCovered, config.Covers(layer, _ => null));
    }

    [Fact]
    public void The_first_group_that_a_layer_matches_holds()
    {
        var config = Read("""
            {"config_groups": {
                "a": {"targets": ["re:.*up_proj"], "format": "int-quantized", "weights": {"num_bits": 8, "type": "int", "strategy": "channel"}},
                "b": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 64, "symmetric": false}}},
             "format": "pack-quantized"}
            """);
        Assert.Equal([CompressedScheme.Whole, CompressedScheme.PackedInt], config.Groups.Select(group => group.Scheme));
        Assert.Equal((64, false), (config.Groups[1].GroupSize, config.Groups[1].IsSymmetric));
        Assert.True(config.IsCode("model.layers.0.mlp.up_proj.weight", ScalarType.Int8));
        Assert.False(config.IsCode("model.layers.0.mlp.down_proj.weight", ScalarType.Float32));
        var mixed = new LinearShare(Specs.Alone(), LinearSplit.Outputs, 128, [new("up_proj", 16), new("gate_proj", 16)]);
        Assert.Equal("up_proj: expected one scheme for all weights of its product, came 2", Assert.Single(config.Problems(mixed, _ => null)));
    }

    [Theory]
    [InlineData("""{"num_bits": 8, "type": "float", "strategy": "group", "group_size": 32}""", "float-quantized",
        "float-quantized (float of 8 bits, strategy group)")]
    [InlineData("""{"num_bits": 8, "type": "int", "strategy": "group", "group_size": 32}""", "pack-quantized",
        "pack-quantized (int of 8 bits, strategy group)")]
    [InlineData("""{"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": false}""", "int-quantized",
        "int-quantized (int of 8 bits, strategy channel, with zero points)")]
    [InlineData("""{"num_bits": 4, "type": "int", "strategy": "group", "group_size": 32, "actorder": "group"}""", "pack-quantized",
        "pack-quantized (int of 4 bits, strategy group, order group)")]
    public void Formats_that_are_not_built_name_the_layer_and_the_format(string weights, string format, string told)
    {
        var config = Read($$$"""{"config_groups": {"g": {"targets": ["Linear"], "weights": {{{weights}}}}}, "format": "{{{format}}}"}""");
        var share = new LinearShare(Specs.Alone(), LinearSplit.Outputs, 128, [new("up_proj", 16)]);
        Assert.StartsWith(
            $"up_proj: the compressed format {told} is not built; built are ", Assert.Single(config.Problems(share, _ => null)), StringComparison.Ordinal);
    }

    private static CompressedTensorsConfig Read(string quantization)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var path = Path.Combine(model.Folder, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        var own = JsonNode.Parse(quantization)!;
        own["quant_method"] = "compressed-tensors";
        json["quantization_config"] = own;
        File.WriteAllText(path, json.ToJsonString());
        return Assert.IsType<CompressedTensorsConfig>(ModelConfig.Read(model.Folder).LinearScheme);
    }

    private static void AssertPlain(
        QuantizationConfig config, IEnumerable<(string Kind, Tensor Tensor)> stored, float[] wide, int outputs, ScalarType dtype, Tensor x,
        int worldSizeMax)
    {
        var plain = QuantizedLinears.Plain<RowParallelLinear>(wide, dtype, x);
        var tensors = stored.ToDictionary(one => $"q.{one.Kind}", one => one.Tensor, StringComparer.Ordinal);
        foreach (var table in QuantizedLinears.Tables)
        {
            for (var worldSize = 1; worldSize <= worldSizeMax; worldSize *= 2)
            {
                var width = Inputs / worldSize;
                Assert.All(
                    QuantizedLinears.Run<RowParallelLinear>(
                        table, config, dtype, worldSize, Inputs, [new LinearPart("q", outputs)], tensors,
                        rank => x.narrow(1, rank * width, width)),
                    bits => Assert.Equal(plain, bits));
            }
        }
    }
}
