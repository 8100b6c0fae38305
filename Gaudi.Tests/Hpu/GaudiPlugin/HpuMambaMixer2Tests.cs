using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>
/// The plugin's mixer against the in-tree one, relative to the largest value of a row: 1e-5 in float32 (other orders of
/// the same sums), 2^-7 in bfloat16 (one unit in the last place, where the two round apart).
/// </summary>
public sealed unsafe class HpuMambaMixer2Tests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.0079)]
    public void Mixer_agrees_with_the_in_tree_one_over_odd_sizes_prompts_and_decodes(ScalarType dtype, double tolerance)
    {
        MambaSizes[] all =
        [
            new(1, 1, 1, 1, 1, 1), new(2, 64, 1, 128, 4, 64), new(8, 16, 2, 16, 4, 256), new(6, 20, 3, 13, 3, 32),
            new(4, 40, 4, 24, 2, 128),
        ];
        foreach (var sizes in all)
        {
            foreach (var (prompt, length) in new[] { (1, 1), (0, 3), (7, 9), (Math.Min(sizes.ChunkTokens, 64), 70), (300, 310) })
            {
                using var scope = NewDisposeScope();
                using var inTree = new MambaCase(length, sizes, isPlugin: false, dtype);
                using var plugin = new MambaCase(length, sizes, isPlugin: true, dtype);
                Assert.Equal(typeof(MambaMixer2), inTree.Op.GetType());
                Assert.Equal(typeof(HpuMambaMixer2), plugin.Op.GetType());
                using var state = inTree.State(1);
                using var pluginState = plugin.State(1);
                var expected = inTree.Compute(state, 0, 1, prompt, length, 1000);
                var actual = plugin.Compute(pluginState, 0, 1, prompt, length, 1000);
                Assert.Equal(dtype, actual.dtype);
                foreach (var (row, (truth, values)) in expected.Floats().Chunk(sizes.InnerSize)
                    .Zip(actual.Floats().Chunk(sizes.InnerSize)).Index())
                {
                    var bound = tolerance * Math.Max(1, truth.Max(Math.Abs));
                    var error = truth.Zip(values, (one, other) => Math.Abs(one - other)).Aggregate(Math.Max);
                    Assert.True(error <= bound, $"{sizes}, {prompt} of {length}, row {row}: {error} over {bound}");
                }
            }
        }
    }

    [Fact]
    public void An_element_of_a_product_has_the_same_bits_in_any_tile()
    {
        var random = new Random(5);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        foreach (var (rows, steps, columns) in new[] { (1, 1, 8), (4, 7, 16), (7, 33, 40), (9, 5, 24), (13, 64, 64) })
        {
            var (factors, values, before) = (Draw(rows * steps), Draw(steps * columns), Draw(rows * columns));
            var together = (float[])before.Clone();
            fixed (float* f = factors, v = values, to = together)
                ChainedProduct.Add(f, steps, 1, rows, v, columns, steps, columns, to, columns);
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    var sum = before[(row * columns) + column];
                    for (var k = 0; k < steps; k++)
                        sum = MathF.FusedMultiplyAdd(factors[(row * steps) + k], values[(k * columns) + column], sum);
                    Assert.Equal(sum, together[(row * columns) + column]);
                }
            }
        }
    }
}
