using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>C_i B_j of the tokens of a chunk, and what a head makes of them.</summary>
internal static unsafe class ChunkScores
{
    /// <summary>scores[i, j] = C_i B_j for rows i and all j that a row may see, in eight lanes and one tree.</summary>
    /// <param name="c">Row i lies at i * cStride.</param>
    /// <param name="cStride">Values.</param>
    /// <param name="rowCount">Rows; row i sees j = 0 .. firstOffset + i.</param>
    /// <param name="firstOffset">Offset in the chunk of the first row.</param>
    /// <param name="b">Row j lies at j * bStride.</param>
    /// <param name="bStride">Values.</param>
    /// <param name="length">A multiple of 8; padding is zero.</param>
    /// <param name="scores">Row i lies at i * scoreStride. Overwritten up to j.</param>
    /// <param name="scoreStride">Values; a multiple of 8, at least the chunk.</param>
    public static void Products(
        float* c, long cStride, int rowCount, int firstOffset, float* b, long bStride, int length, float* scores,
        long scoreStride)
    {
        for (var row = 0; row < rowCount; row++)
        {
            var to = scores + (row * scoreStride);
            var count = firstOffset + row + 1;
            var j = 0;
            for (; j + 4 <= count; j += 4)
                FourProducts(c + (row * cStride), b + (j * bStride), bStride, length, to + j);
            for (; j < count; j++)
            {
                var sum = Vector256<float>.Zero;
                for (var n = 0; n < length; n += 8)
                {
                    var values = Vector256.Load(b + (j * bStride) + n);
                    sum = Vector256.FusedMultiplyAdd(Vector256.Load(c + (row * cStride) + n), values, sum);
                }
                to[j] = Lanes.Sum(sum);
            }
        }
    }

    /// <summary>to[j] = scores[j] * e^(decaySum - decaySums[j]) * timeSteps[j].</summary>
    /// <param name="scores">[count], readable to a multiple of 8; null for ones.</param>
    /// <param name="decaySum">At the row.</param>
    /// <param name="decaySums">[count], readable to a multiple of 8.</param>
    /// <param name="timeSteps">[count], readable to a multiple of 8.</param>
    /// <param name="count">How many.</param>
    /// <param name="to">[count], writable to a multiple of 8. Overwritten.</param>
    public static void Weigh(float* scores, double decaySum, double* decaySums, float* timeSteps, int count, float* to)
    {
        var last = Vector256.Create(decaySum);
        for (var j = 0; j < count; j += 8)
        {
            var low = last - Vector256.Load(decaySums + j);
            var high = last - Vector256.Load(decaySums + j + 4);
            var decay = Exponential.Of(Vector256.Narrow(low, high));
            var score = scores == null ? Vector256<float>.One : Vector256.Load(scores + j);
            (score * decay * Vector256.Load(timeSteps + j)).Store(to + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourProducts(float* c, float* b, long bStride, int length, float* to)
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var n = 0; n < length; n += 8, b += 8)
        {
            var value = Vector256.Load(c + n);
            sum0 = Vector256.FusedMultiplyAdd(value, Vector256.Load(b), sum0);
            sum1 = Vector256.FusedMultiplyAdd(value, Vector256.Load(b + bStride), sum1);
            sum2 = Vector256.FusedMultiplyAdd(value, Vector256.Load(b + (2 * bStride)), sum2);
            sum3 = Vector256.FusedMultiplyAdd(value, Vector256.Load(b + (3 * bStride)), sum3);
        }
        to[0] = Lanes.Sum(sum0);
        to[1] = Lanes.Sum(sum1);
        to[2] = Lanes.Sum(sum2);
        to[3] = Lanes.Sum(sum3);
    }
}
