using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Paged attention is the plain softmax, whatever the shape, the blocks, the chunks, the window and the sinks.</summary>
public sealed class AttentionPropertyTests
{
    private const int CaseCount = 150;

    [Fact]
    public void Output_is_the_plain_softmax_for_random_shapes_blocks_chunks_windows_and_sinks()
    {
        for (var seed = 0; seed < CaseCount; seed++)
        {
            var random = new Random(seed);
            var dtype = random.Next(4) == 0 ? ScalarType.BFloat16 : ScalarType.Float32;
            var (kvHeads, group) = (random.Next(1, 4), random.Next(1, 5));
            var (headDim, length) = (random.Next(1, 70), random.Next(1, 50));
            int? window = random.Next(2) == 0 ? null : random.Next(1, length + 5);
            float[]? sinks = random.Next(2) == 0 ? null : RandomSinks(random, kvHeads * group);
            var (blockSize, otherBlockSize) = (8 * random.Next(1, 8), 8 * random.Next(1, 8));
            var (chunks, otherChunks) = (Chunks(random, length), Chunks(random, length));
            var filler = random.Next(2) == 0 ? 0 : float.NaN;
            using var scope = NewDisposeScope();
            var inputs = new AttentionInputs(dtype, kvHeads * group, kvHeads, headDim, seed, length)
            {
                WindowTokens = window, Sinks = sinks,
            };
            try
            {
                var output = inputs.Run(blockSize, chunks, filler);
                // Float32: sums of 50 terms. BFloat16: one rounding of the output, 2^-8.
                Specs.Near([.. inputs.Plain()], output, dtype == ScalarType.Float32 ? 1e-5 : 1e-2);
                Assert.Equal(output.Bits(), inputs.Run(otherBlockSize, otherChunks).Bits());
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    $"seed {seed}: {dtype}, {kvHeads} x {group} heads of {headDim}, {length} positions, window {window}, "
                    + $"sinks [{string.Join(", ", sinks ?? [])}], blocks of {blockSize} and {otherBlockSize}, chunks "
                    + $"{string.Join('+', chunks)} and {string.Join('+', otherChunks)}", error);
            }
        }
    }

    // One that hardly counts, one that takes nearly everything, and all between.
    private static float[] RandomSinks(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 24) - 12))];

    private static int[] Chunks(Random random, int length)
    {
        var chunks = new List<int>();
        for (var left = length; left > 0; left -= chunks[^1])
            chunks.Add(random.Next(1, left + 1));
        return [.. chunks];
    }
}
