using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A layer of 4-bit codes is the plain layer of the values that they stand for, to the bit.</summary>
public sealed class FourBitLinearTests
{
    [Theory]
    [InlineData("gptq", ScalarType.Float32)]
    [InlineData("gptq", ScalarType.BFloat16)]
    [InlineData("awq", ScalarType.Float32)]
    [InlineData("awq", ScalarType.BFloat16)]
    public void Product_is_the_plain_one_of_the_widened_weight(string scheme, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        foreach (var groupSize in new[] { 32, 64, 128, -1 })
        {
            foreach (var (rows, outputs) in new[] { (1, 8), (3, 40), (4, 16), (17, 72) })
            {
                const int Inputs = 256;
                var layer = new FourBitLayer(QuantizedLinears.Weights(random, outputs * Inputs), outputs, groupSize < 0 ? Inputs : groupSize);
                var x = Specs.Random(random.Next(), dtype, rows, Inputs);
                var plain = Plain<ColumnParallelLinear>(layer, dtype, x);
                foreach (var table in QuantizedLinears.Tables)
                    Assert.Equal(plain, Run<ColumnParallelLinear>(table, Config(scheme, groupSize), dtype, 1, [("q", layer)], _ => x)[0]);
            }
        }
    }

    [Theory]
    [InlineData("gptq", false)]
    [InlineData("gptq", true)]
    [InlineData("awq", false)]
    public void Ranks_give_the_bits_of_the_whole(string scheme, bool hasOrder)
    {
        using var scope = NewDisposeScope();
        const int Inputs = 512;
        var random = new Random(2);
        var (q, k) = (Layer(64), Layer(128));
        FourBitLayer Layer(int outputs) => new(QuantizedLinears.Weights(random, outputs * Inputs), outputs, 64, hasOrder ? 5 : null);
        var x = Specs.Random(9, ScalarType.Float32, 5, Inputs);
        var config = Config(scheme, 64, hasOrder);
        var row = Plain<RowParallelLinear>(q, ScalarType.Float32, x);
        var column = Run<QkvParallelLinear>(PluginOps.Table, config, ScalarType.Float32, 1, [("q", q), ("k", k)], _ => x)[0];
        foreach (var worldSize in new[] { 2, 4, 8 })
        {
            var width = Inputs / worldSize;
            foreach (var table in QuantizedLinears.Tables)
            {
                Assert.All(
                    Run<RowParallelLinear>(
                        table, config, ScalarType.Float32, worldSize, [("q", q)], rank => x.narrow(1, rank * width, width)),
                    bits => Assert.Equal(row, bits));
                var columns = Run<QkvParallelLinear>(
                    table, config, ScalarType.Float32, worldSize, [("q", q), ("k", k)], _ => x);
                for (var token = 0; token < 5; token++)
                {
                    var start = token * 192 / worldSize;
                    IEnumerable<uint> Part(int first, int count) => columns.SelectMany(
                        bits => bits.Skip(start + (first / worldSize)).Take(count / worldSize));
                    Assert.Equal(column.Skip(token * 192).Take(64), Part(0, 64));
                    Assert.Equal(column.Skip((token * 192) + 64).Take(128), Part(64, 128));
                }
            }
        }
    }

    [Fact]
    public void Product_is_the_sum_of_codes_less_zeros_by_scales()
    {
        using var scope = NewDisposeScope();
        var layer = new FourBitLayer(QuantizedLinears.Weights(new Random(4), 24 * 64), 24, 32);
        layer.SetZero(3, 1, 0); // stored as 15 by GPTQ
        layer.SetZero(4, 0, 15);
        var x = Specs.Random(5, ScalarType.Float32, 2, 64);
        var rows = x.Floats();
        var expected = Enumerable.Range(0, 2).SelectMany(row => Enumerable.Range(0, 24).Select(output =>
            Enumerable.Range(0, 64).Sum(k => (double)rows[(row * 64) + k] * layer.Wide[(output * 64) + k]))).ToArray();
        foreach (var config in new[] { Config("gptq", 32), new GptqConfig(32, false, ZeroOffset: 0), Config("awq", 32) })
        {
            foreach (var table in QuantizedLinears.Tables)
            {
                var bits = Run<ColumnParallelLinear>(table, config, ScalarType.Float32, 1, [("q", layer)], _ => x)[0];
                using var actual = tensor(bits.Select(BitConverter.UInt32BitsToSingle).ToArray());
                Specs.Near(expected, actual, 1e-5);
            }
        }
    }

    [Fact]
    public void Weights_take_half_a_byte_and_what_groups_add()
    {
        var layer = new FourBitLayer(QuantizedLinears.Weights(new Random(6), 256 * 1024), 256, 128);
        using var method = Method(PluginOps.Table(), Config("gptq", 128), ScalarType.Float32, Alone("q", layer));
        Assert.True(method.WeightBytes <= 0.65 * 256 * 1024, $"{method.WeightBytes} bytes for {256 * 1024} weights");
        Assert.True(method.WeightBytes >= 0.5 * 256 * 1024);
    }

    [Fact]
    public void Groups_that_contradict_the_configuration_are_named()
    {
        using var scope = NewDisposeScope();
        var ordered = new FourBitLayer(QuantizedLinears.Weights(new Random(7), 8 * 128), 8, 32);
        var shuffled = new FourBitLayer(QuantizedLinears.Weights(new Random(7), 8 * 128), 8, 32, orderSeed: 1);
        var error = Assert.Throws<QuantizationException>(
            () => Run<ColumnParallelLinear>(() => OpTable.InTree(), Config("gptq", 32), ScalarType.Float32, 1, [("q", shuffled)], _ => zeros(1, 128)));
        Assert.Contains("q.g_idx: expected group", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<QuantizationException>(() => Run<ColumnParallelLinear>(
            () => OpTable.InTree(), Config("gptq", 32, hasOrder: true), ScalarType.Float32, 1, [("q", shuffled), ("k", ordered)], _ => zeros(1, 128)));
        Assert.Contains("k.g_idx: expected the groups of q", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LinearSplit.Inputs, 256, 64, 4, 128, "q: a rank's 64 inputs are not aligned with the quantized weight's groups of 128")]
    [InlineData(LinearSplit.Outputs, 128, 24, 2, 64, "q: a rank's 12 outputs are not aligned with the quantized weight's words of 8")]
    [InlineData(LinearSplit.Nothing, 96, 64, 1, 64, "q: expected inputs in groups of 64 and words of 8, came 96")]
    public void Layers_that_do_not_split_are_named(
        LinearSplit split, int inputs, int outputs, int worldSize, int groupSize, string expected)
    {
        var share = new LinearShare(new RankLane(new SilentRank(0, worldSize)), split, inputs, [new LinearPart("q", outputs)]);
        foreach (var scheme in new[] { "gptq", "awq" })
            Assert.StartsWith(expected, Assert.Single(Config(scheme, groupSize).Problems(share, _ => null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_of_one_product_are_quantized_alike_or_refused()
    {
        var share = new LinearShare(Specs.Alone(), LinearSplit.Outputs, 128, [new("q", 16), new("k", 16)]);
        var chooser = new LinearQuantization(
            Config("gptq", 32), name => name is "q.qweight" or "k.weight" ? new StoredTensor(ScalarType.Float32, []) : null, QuantizedLinears.Gaudi3);
        var error = Assert.Throws<QuantizationException>(
            () => chooser.MethodOf(OpTable.InTree(), "qkv", ScalarType.Float32, CPU, share));
        Assert.Contains("k is stored plainly", error.Message, StringComparison.Ordinal);
        Assert.Null(chooser.MethodOf(OpTable.InTree(), "k", ScalarType.Float32, CPU, share with { Parts = [new("k", 16)] }));
    }

    private static QuantizationConfig Config(string scheme, int groupSize, bool hasOrder = false) =>
        scheme == "gptq" ? new GptqConfig(groupSize, hasOrder, ZeroOffset: 1) : new AwqConfig(groupSize, []);

    private static LinearShare Alone(string name, FourBitLayer layer) =>
        new(Specs.Alone(), LinearSplit.Outputs, layer.InputCount, [new LinearPart(name, layer.OutputCount)]);

    private static ILinearMethod Method(OpTable table, QuantizationConfig config, ScalarType dtype, LinearShare share) =>
        config.Create(new LinearBuild(table, "linear", dtype, CPU, share, _ => null, QuantizedLinears.Gaudi3));

    private static uint[] Plain<T>(FourBitLayer layer, ScalarType dtype, Tensor x) where T : ParallelLinear =>
        QuantizedLinears.Plain<T>(layer.Wide, dtype, x);

    private static uint[][] Run<T>(
        Func<OpTable> ops, QuantizationConfig config, ScalarType dtype, int worldSize, (string Name, FourBitLayer Layer)[] layers,
        Func<int, Tensor> x) where T : ParallelLinear
    {
        var stored = layers
            .SelectMany(one => (config is AwqConfig ? one.Layer.Awq() : one.Layer.Gptq(((GptqConfig)config).ZeroOffset == 1))
                .Select(tensor => ($"{one.Name}.{tensor.Kind}", tensor.Tensor)))
            .ToDictionary(StringComparer.Ordinal);
        LinearPart[] parts = [.. layers.Select(one => new LinearPart(one.Name, one.Layer.OutputCount))];
        return QuantizedLinears.Run<T>(ops, config, dtype, worldSize, layers[0].Layer.InputCount, parts, stored, x);
    }
}
