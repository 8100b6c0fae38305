using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A layer in float8 is the plain layer of the widened weight and the rounded activations, to the bit, over any ranks.</summary>
public sealed class Fp8LinearTests
{
    private const int Inputs = 200; // 25 a shard; blocks of 48 begin within one, and the last is cut.
    private const int BlockRows = 20;
    private const int BlockColumns = 48;
    private static readonly ImmutableArray<int> Blocks = [BlockRows, BlockColumns];

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void Product_is_the_plain_one_of_rounded_factors(ScalarType dtype, bool isCompressed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        foreach (var (rows, outputs) in isCompressed ? new[] { (3, 40) } : [(1, 8), (17, 24)])
        {
            var x = Specs.Random(random.Next(), dtype, rows, Inputs);
            foreach (var inputScale in new float?[] { null, 0.003f }) // Of what reaches 2 some saturate at 240 * 0.003.
            {
                (ImmutableArray<int> Size, Fp8Layer Layer)[] cases =
                [
                    ([], Fp8Layer.OfTensor(random, outputs, Inputs, inputScale)),
                    ([], Fp8Layer.OfChannels(random, outputs, Inputs, inputScale)),
                    (Blocks, new Fp8Layer(random, outputs, Inputs, BlockRows, BlockColumns, inputScale: inputScale)),
                ];
                foreach (var (rules, (size, layer)) in Fp8Linears.AllRules.SelectMany(_ => cases, (rules, one) => (rules, one)))
                {
                    var config = Fp8Linears.Config(isCompressed, size, inputScale is not null);
                    var column = Fp8Linears.Truth<ColumnParallelLinear>(rules, dtype, x, layer);
                    var row = Fp8Linears.Truth<RowParallelLinear>(rules, dtype, x, layer);
                    foreach (var table in QuantizedLinears.Tables)
                    {
                        Assert.Equal(column, Fp8Linears.Run<ColumnParallelLinear>(table, config, rules, dtype, 1, _ => x, ("q", layer))[0]);
                        Assert.Equal(row, Fp8Linears.Run<RowParallelLinear>(table, config, rules, dtype, 1, _ => x, ("q", layer))[0]);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(CardGeneration.Gaudi2, false, false)]
    [InlineData(CardGeneration.Gaudi2, true, true)]
    [InlineData(CardGeneration.Gaudi3, true, false)]
    [InlineData(CardGeneration.Gaudi3, false, true)]
    public void Ranks_that_split_inputs_give_the_bits_of_the_whole(CardGeneration generation, bool isJoined, bool isStatic)
    {
        using var scope = NewDisposeScope();
        var random = new Random(2);
        var rules = Fp8Linears.Rules(generation, Fp8Settings.Usual with { HasChannelScales = isJoined });
        var x = Specs.Random(3, ScalarType.BFloat16, 5, Inputs);
        float? inputScale = isStatic ? 0.01f : null;
        (ImmutableArray<int> Size, Fp8Layer Layer)[] cases =
        [
            ([], Fp8Layer.OfTensor(random, 40, Inputs, inputScale)),
            (Blocks, new Fp8Layer(random, 40, Inputs, BlockRows, BlockColumns, inputScale: inputScale)),
        ];
        foreach (var (size, layer) in cases)
        {
            var whole = Fp8Linears.Truth<RowParallelLinear>(rules, ScalarType.BFloat16, x, layer);
            foreach (var (worldSize, table) in new[] { 1, 2, 4, 8 }.SelectMany(_ => QuantizedLinears.Tables, (one, table) => (one, table)))
            {
                var width = Inputs / worldSize;
                Assert.All(
                    Fp8Linears.Run<RowParallelLinear>(
                        table, Fp8Linears.Config(false, size, isStatic), rules, ScalarType.BFloat16, worldSize,
                        rank => x.narrow(1, rank * width, width), ("q", layer)),
                    bits => Assert.Equal(whole, bits));
            }
        }
    }

    [Theory]
    [InlineData(CardGeneration.Gaudi2, true)]
    [InlineData(CardGeneration.Gaudi3, false)]
    public void Parts_of_scales_of_their_own_over_any_ranks(CardGeneration generation, bool isStatic)
    {
        using var scope = NewDisposeScope();
        var random = new Random(4);
        var rules = Fp8Linears.Rules(generation);
        var x = Specs.Random(5, ScalarType.Float32, 3, Inputs);
        Fp8Layer Part(int outputs, float size) => Fp8Layer.OfTensor(random, outputs, Inputs, isStatic ? size : null, size);
        (string Name, Fp8Layer Layer)[] parts = [("q", Part(64, 1e-2f)), ("k", Part(16, 5e-3f)), ("v", Part(16, 2e-2f))];
        var whole = Fp8Linears.Truth<QkvParallelLinear>(rules, ScalarType.Float32, x, [.. parts.Select(part => part.Layer)]);
        foreach (var (worldSize, table) in new[] { 1, 2, 4, 8 }.SelectMany(_ => QuantizedLinears.Tables, (one, table) => (one, table)))
            AssertColumns(
                whole, [64, 16, 16], Fp8Linears.Run<QkvParallelLinear>(
                    table, Fp8Linears.Config(false, [], isStatic), rules, ScalarType.Float32, worldSize, _ => x, parts));
    }

    // Parts of 64, 24 and 24 rows of one tensor whose blocks have 20: all but the first begin within a block.
    [Theory]
    [InlineData(CardGeneration.Gaudi2, true)]
    [InlineData(CardGeneration.Gaudi2, false)]
    [InlineData(CardGeneration.Gaudi3, true)]
    [InlineData(CardGeneration.Gaudi3, false)]
    public void Parts_of_one_tensor_that_begin_within_a_block(CardGeneration generation, bool isJoined)
    {
        using var scope = NewDisposeScope();
        var rules = Fp8Linears.Rules(generation, Fp8Settings.Usual with { HasChannelScales = isJoined });
        var layer = new Fp8Layer(new Random(6), 112, Inputs, BlockRows, BlockColumns);
        var x = Specs.Random(7, ScalarType.Float32, 3, Inputs);
        LinearPart Part(string name, int first, int count) => new(name, count) { Fused = new FusedRows("qkv", first, 112) };
        var whole = Fp8Linears.Truth<QkvParallelLinear>(rules, ScalarType.Float32, x, layer);
        foreach (var (worldSize, table) in new[] { 1, 2, 4, 8 }.SelectMany(_ => QuantizedLinears.Tables, (one, table) => (one, table)))
            AssertColumns(
                whole, [64, 24, 24], QuantizedLinears.Run<QkvParallelLinear>(
                    table, Fp8Linears.Config(false, Blocks, false), ScalarType.Float32, worldSize, Inputs,
                    [Part("q", 0, 64), Part("k", 64, 24), Part("v", 88, 24)], Fp8Linears.Stored(true, ("qkv", layer)), _ => x, rules));
    }

    [Fact]
    public void Weights_take_about_a_byte()
    {
        using var scope = NewDisposeScope();
        foreach (var isJoined in new[] { false, true })
        {
            var layer = new Fp8Layer(new Random(8), 256, 1024, 128, 128);
            using var method = Fp8Linears.Method(
                Fp8Linears.Config(false, [128, 128], false),
                Fp8Linears.Rules(CardGeneration.Gaudi3, Fp8Settings.Usual with { HasChannelScales = isJoined }), layer);
            Assert.InRange(method.WeightBytes / (256 * 1024.0), 1, 1.06);
        }
    }

    /// <summary>The ranks' columns of each part, one rank's after another's, are those of the whole.</summary>
    private static void AssertColumns(uint[] whole, int[] widths, uint[][] ranks)
    {
        var total = widths.Sum();
        var rows = ranks.Select(bits => bits.Chunk(total / ranks.Length).ToArray()).ToArray(); // [ranks][tokens]
        for (var token = 0; token < whole.Length / total; token++)
        {
            for (var (part, first) = (0, 0); part < widths.Length; first += widths[part++])
                Assert.Equal(
                    whole.Skip((token * total) + first).Take(widths[part]),
                    rows.SelectMany(rank => rank[token].Skip(first / ranks.Length).Take(widths[part] / ranks.Length)));
        }
    }
}
