using System.Collections.Immutable;
using CsCheck;
using Gaudi.Hpu;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>How far a layer in float8 is from the one it stands for, at any size of weights and values, and what it refuses.</summary>
public sealed class Fp8LinearErrorTests
{
    private static readonly CardGeneration[] Generations = [CardGeneration.Gaudi2, CardGeneration.Gaudi3];

    /// <summary>
    /// |y - w x| is at most sum(|w' - w| |x'| + |w| |x' - x|), where x' is off by 2^-4 of x or by half of the finest step, 2^-10
    /// scales, and w' by <see cref="Fp8Layer.Slack"/>; float32 sums of K products add K 2^-24 of their sizes.
    /// </summary>
    [Fact]
    public void Product_is_within_the_formats_error_of_the_dequantized_one()
    {
        using var scope = NewDisposeScope();
        const int Inputs = 208;
        var random = new Random(1);
        var x = Specs.Random(2, ScalarType.Float32, 7, Inputs);
        var rows = x.Floats();
        foreach (var (generation, isJoined) in Generations.SelectMany(_ => new[] { false, true }, (one, joined) => (one, joined)))
        {
            var rules = Fp8Linears.Rules(generation, Fp8Settings.Usual with { HasChannelScales = isJoined });
            foreach (var inputScale in new float?[] { null, 0.005f }) // 2 / 0.005 is 400: within the range, widened on Gaudi 2.
            {
                (ImmutableArray<int> Size, Fp8Layer Layer)[] cases =
                [
                    ([], Fp8Layer.OfTensor(random, 24, Inputs, inputScale)),
                    ([], Fp8Layer.OfChannels(random, 24, Inputs, inputScale)),
                    ([16, 32], new Fp8Layer(random, 24, Inputs, 16, 32, inputScale: inputScale)),
                ];
                foreach (var (size, layer) in cases)
                {
                    var (stored, slack) = (layer.Stored, layer.Slack(rules));
                    var config = Fp8Linears.Config(false, size, inputScale is not null);
                    var bits = Fp8Linears.Run<ColumnParallelLinear>(
                        QuantizedLinears.Tables[1], config, rules, ScalarType.Float32, 1, _ => x, ("q", layer))[0];
                    for (var at = 0; at < bits.Length; at++)
                    {
                        var (token, output) = Math.DivRem(at, 24);
                        var (exact, bound) = (0.0, 0.0);
                        var step = (inputScale is { } one ? Fp8Truth.StaticScale(one, rules) : 2 / rules.Range.Max) / 1024.0;
                        for (var k = 0; k < Inputs; k++)
                        {
                            var (value, weight) = (rows[(token * Inputs) + k], stored[(output * Inputs) + k]);
                            var off = slack[(output * Inputs) + k];
                            var rounding = (Math.Abs(value) / 16 * 1.0001) + step;
                            exact += (double)weight * value;
                            bound += (off * (Math.Abs(value) + rounding)) + (Math.Abs(weight) * rounding)
                                + (Inputs * Math.ScaleB(1, -24) * (Math.Abs(weight) + off) * (Math.Abs(value) + rounding));
                        }
                        Assert.InRange(BitConverter.UInt32BitsToSingle(bits[at]), exact - bound, exact + bound);
                    }
                }
            }
        }
    }

    [Fact]
    public void Any_shape_block_and_size_gives_the_bits_of_rounded_factors() => Gen.Select(
        Gen.Select(Gen.Int[0, 4], Gen.Int[1, 40], Gen.Int[1, 10]), Gen.Select(Gen.Int[1, 50], Gen.Int[1, 90]),
        Gen.Select(Gen.Int[-20, 20], Gen.Int[-20, 20]), Gen.Int[0, 7], Gen.Bool, Gen.Int).Sample(
        (shape, block, sizes, rule, isStatic, seed) =>
        {
            using var scope = NewDisposeScope();
            var (tokens, outputs, inputs) = (shape.Item1, shape.Item2, shape.Item3 * 8);
            var (weightSize, valueSize) = (MathF.ScaleB(1, sizes.Item1), MathF.ScaleB(1, sizes.Item2));
            var rules = Fp8Linears.AllRules.ElementAt(rule);
            var x = Specs.Random(seed, ScalarType.Float32, tokens, inputs) * valueSize;
            float? inputScale = isStatic ? valueSize / 128 : null;
            var layer = new Fp8Layer(
                new Random(seed), outputs, inputs, block.Item1, block.Item2, size: weightSize, inputScale: inputScale);
            var config = Fp8Linears.Config(false, [block.Item1, block.Item2], isStatic);
            var row = Fp8Linears.Truth<RowParallelLinear>(rules, ScalarType.Float32, x, layer);
            var worldSize = 1 << (shape.Item2 % 4);
            foreach (var table in QuantizedLinears.Tables)
            {
                Assert.All(Fp8Linears.Run<RowParallelLinear>(table, config, rules, ScalarType.Float32, worldSize, rank => x.narrow(
                    1, rank * inputs / worldSize, inputs / worldSize), ("q", layer)), bits => Assert.Equal(row, bits));
            }
            Assert.All(row, bits => Assert.True(float.IsFinite(BitConverter.UInt32BitsToSingle(bits))));
        }, iter: 40, threads: 1);

    [Fact]
    public void Finite_activations_of_any_size_give_numbers()
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        float[] rows =
        [
            .. new float[64], .. Enumerable.Repeat(float.Epsilon, 64), .. Enumerable.Repeat(-1e38f, 64),
            .. Enumerable.Range(0, 64).Select(k => k % 2 == 0 ? 1e38f : 1e-38f), .. Enumerable.Range(0, 64).Select(k => -0f),
        ];
        foreach (var (generation, inputScale) in Generations.SelectMany(_ => new float?[] { null, 1e-3f }, (one, scale) => (one, scale)))
        {
            var rules = Fp8Linears.Rules(generation);
            var layer = Fp8Layer.OfTensor(random, 24, 64, inputScale, size: 1e-6f);
            foreach (var x in new[] { tensor(rows, [5, 64]), tensor(rows, [5, 64]).to_type(ScalarType.BFloat16) })
            {
                foreach (var table in QuantizedLinears.Tables)
                {
                    var bits = Fp8Linears.Run<RowParallelLinear>(
                        table, Fp8Linears.Config(false, [], inputScale is not null), rules, x.dtype, 1, _ => x, ("q", layer))[0];
                    var y = bits.Select(BitConverter.UInt32BitsToSingle).ToArray();
                    Assert.All(y, value => Assert.True(float.IsFinite(value)));
                    Assert.All(y[..24].Concat(y[^24..]), value => Assert.Equal(0, value));
                    if (inputScale is not null) // All saturated: the row is the weight's sums times the range's end.
                        Assert.All(y[48..72], value => Assert.True(Math.Abs(value) <= 64 * 448 * 1e-3 * 448 * 2e-6));
                }
            }
        }
    }

    [Fact]
    public void Every_code_is_itself_in_every_lane()
    {
        using var scope = NewDisposeScope();
        const int Count = 256;
        var x = eye(Count, Count); // With a scale of 1 a row picks an input.
        foreach (var generation in Generations)
        {
            var rules = Fp8Linears.Rules(generation, Fp8Settings.Usual with { AdjustsScales = generation == CardGeneration.Gaudi3 });
            var layer = Fp8Layer.OfTensor(new Random(4), 17, Count, inputScale: 1, size: 1);
            for (var (code, place) = (0, 0); code < Count; code++)
            {
                if ((code & 0x7F) == 0x7F)
                    continue;
                for (var output = 0; output < 17; output++)
                    layer.Set(output, (place + output) % Count, (byte)code);
                place++;
            }
            var wide = layer.Wide(rules);
            foreach (var table in QuantizedLinears.Tables)
            {
                var bits = Fp8Linears.Run<ColumnParallelLinear>(
                    table, Fp8Linears.Config(false, [], isStatic: true), rules, ScalarType.Float32, 1, _ => x, ("q", layer))[0];
                for (var at = 0; at < bits.Length; at++)
                    Assert.Equal(wide[(at % 17 * Count) + (at / 17)], BitConverter.UInt32BitsToSingle(bits[at]));
            }
        }
    }

    [Fact]
    public void Halves_on_gaudi2_keep_all_but_the_finest_steps()
    {
        using var scope = NewDisposeScope();
        var layer = Fp8Layer.OfTensor(new Random(5), 1, 16, size: 1);
        for (var code = 0; code < 16; code++)
            layer.Set(0, code, (byte)code);
        // In steps of 2^-9 these codes are their own number; half a step goes to the even one.
        int[] halves = [0, 0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6, 7, 8];
        var scale = layer.Stored[1] * 512;
        using var method = Fp8Linears.Method(Fp8Linears.Config(false, [], false), Fp8Linears.Rules(CardGeneration.Gaudi2), layer);
        Assert.Equal(halves.Select(half => half / 512f * (2 * scale)), method.Widened().Floats());
    }

    [Theory]
    [InlineData(0x7F)]
    [InlineData(0xFF)]
    public void Codes_that_are_no_number_are_named(byte code)
    {
        using var scope = NewDisposeScope();
        var layer = new Fp8Layer(new Random(6), 24, 64, 16, 16).Set(23, 63, code);
        foreach (var rules in Fp8Linears.AllRules)
        {
            var error = Assert.Throws<QuantizationException>(
                () => Fp8Linears.Method(Fp8Linears.Config(false, [16, 16], false), rules, layer));
            Assert.Contains("tensor 'q.weight': expected finite float8 values", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("q.weight_scale", float.NaN, "tensor 'q.weight_scale': expected finite scales of 0 or more, came NaN")]
    [InlineData("q.weight_scale", float.PositiveInfinity, "tensor 'q.weight_scale': expected finite scales of 0 or more")]
    [InlineData("q.weight_scale", -1f, "tensor 'q.weight_scale': expected finite scales of 0 or more, came -1")]
    [InlineData("q.input_scale", 0f, "tensor 'q.input_scale': expected a finite scale over 0, came 0")]
    [InlineData("q.input_scale", float.NaN, "tensor 'q.input_scale': expected a finite scale over 0, came NaN")]
    [InlineData("q.input_scale", 1e-45f, "tensor 'q.input_scale': expected a finite scale over 0")]
    public void Scales_that_cannot_be_used_are_named(string name, float scale, string expected)
    {
        using var scope = NewDisposeScope();
        var layer = Fp8Layer.OfChannels(new Random(7), 24, 64, inputScale: 1);
        foreach (var rules in Fp8Linears.AllRules)
        {
            var error = Assert.Throws<QuantizationException>(() => Fp8Linears.Method(
                Fp8Linears.Config(false, [], true), rules, layer, stored => stored[name] = full(stored[name].shape, scale)));
            Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_scale_of_zero_makes_a_weight_of_zeros()
    {
        using var scope = NewDisposeScope();
        foreach (var (config, layer) in new[]
        {
            (Fp8Linears.Config(true, [], false), Fp8Layer.OfChannels(new Random(8), 24, 64)),
            (Fp8Linears.Config(true, [16, 16], false), new Fp8Layer(new Random(9), 24, 64, 16, 16)),
        })
        {
            foreach (var rules in Fp8Linears.AllRules)
            {
                using var method = Fp8Linears.Method(
                    config, rules, layer, stored => stored["q.weight_scale"] = zeros(stored["q.weight_scale"].shape));
                Assert.All(method.Widened().Floats(), value => Assert.Equal(0, value));
            }
        }
    }
}
