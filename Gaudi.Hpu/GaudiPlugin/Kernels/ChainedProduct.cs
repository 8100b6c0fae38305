using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// to[r, c] += sum over k of factors[r, k] * values[k, c], each element one chain of fused multiply-adds over ascending
/// k that begins with what was there: the bits of an element do not depend on how many rows or columns are computed.
/// </summary>
internal static unsafe class ChainedProduct
{
    private const int TileRows = 4;
    private const int TileColumns = 16;

    /// <summary>Adds the product.</summary>
    /// <param name="factors">[rows, steps], by the next two strides.</param>
    /// <param name="rowStride">From a row's factors to the next one's.</param>
    /// <param name="stepStride">From a factor to the next one of its row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="values">[steps, columns].</param>
    /// <param name="valueStride">From a row of values to the next.</param>
    /// <param name="stepCount">How many k.</param>
    /// <param name="columnCount">A multiple of 8.</param>
    /// <param name="to">[rows, columns]. Added to.</param>
    /// <param name="toStride">From a row of sums to the next.</param>
    public static void Add(
        float* factors, long rowStride, long stepStride, int rowCount, float* values, long valueStride, int stepCount,
        int columnCount, float* to, long toStride)
    {
        var row = 0;
        for (; row + TileRows <= rowCount; row += TileRows)
        {
            var column = 0;
            for (; column + TileColumns <= columnCount; column += TileColumns)
            {
                AddTile(
                    factors + (row * rowStride), rowStride, stepStride, values + column, valueStride, stepCount,
                    to + (row * toStride) + column, toStride);
            }
            for (var r = row; r < row + TileRows && column < columnCount; r++)
            {
                AddRow(
                    factors + (r * rowStride), stepStride, values + column, valueStride, stepCount,
                    columnCount - column, to + (r * toStride) + column);
            }
        }
        for (; row < rowCount; row++)
        {
            AddRow(
                factors + (row * rowStride), stepStride, values, valueStride, stepCount, columnCount,
                to + (row * toStride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(
        float* factors, long rowStride, long stepStride, float* values, long valueStride, int stepCount, float* to,
        long toStride)
    {
        var to1 = to + toStride;
        var to2 = to1 + toStride;
        var to3 = to2 + toStride;
        Vector256<float> low0 = Vector256.Load(to), high0 = Vector256.Load(to + 8);
        Vector256<float> low1 = Vector256.Load(to1), high1 = Vector256.Load(to1 + 8);
        Vector256<float> low2 = Vector256.Load(to2), high2 = Vector256.Load(to2 + 8);
        Vector256<float> low3 = Vector256.Load(to3), high3 = Vector256.Load(to3 + 8);
        for (var k = 0; k < stepCount; k++, factors += stepStride, values += valueStride)
        {
            var low = Vector256.Load(values);
            var high = Vector256.Load(values + 8);
            var factor0 = Vector256.Create(factors[0]);
            var factor1 = Vector256.Create(factors[rowStride]);
            var factor2 = Vector256.Create(factors[2 * rowStride]);
            var factor3 = Vector256.Create(factors[3 * rowStride]);
            low0 = Vector256.FusedMultiplyAdd(factor0, low, low0);
            high0 = Vector256.FusedMultiplyAdd(factor0, high, high0);
            low1 = Vector256.FusedMultiplyAdd(factor1, low, low1);
            high1 = Vector256.FusedMultiplyAdd(factor1, high, high1);
            low2 = Vector256.FusedMultiplyAdd(factor2, low, low2);
            high2 = Vector256.FusedMultiplyAdd(factor2, high, high2);
            low3 = Vector256.FusedMultiplyAdd(factor3, low, low3);
            high3 = Vector256.FusedMultiplyAdd(factor3, high, high3);
        }
        low0.Store(to);
        high0.Store(to + 8);
        low1.Store(to1);
        high1.Store(to1 + 8);
        low2.Store(to2);
        high2.Store(to2 + 8);
        low3.Store(to3);
        high3.Store(to3 + 8);
    }

    private static void AddRow(
        float* factors, long stepStride, float* values, long valueStride, int stepCount, int columnCount, float* to)
    {
        var column = 0;
        for (; column + 32 <= columnCount; column += 32)
            AddFourVectors(factors, stepStride, values + column, valueStride, stepCount, to + column);
        for (; column < columnCount; column += 8)
        {
            var sum = Vector256.Load(to + column);
            for (var k = 0L; k < stepCount; k++)
            {
                var value = Vector256.Load(values + (k * valueStride) + column);
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(factors[k * stepStride]), value, sum);
            }
            sum.Store(to + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFourVectors(
        float* factors, long stepStride, float* values, long valueStride, int stepCount, float* to)
    {
        Vector256<float> sum0 = Vector256.Load(to), sum1 = Vector256.Load(to + 8);
        Vector256<float> sum2 = Vector256.Load(to + 16), sum3 = Vector256.Load(to + 24);
        for (var k = 0; k < stepCount; k++, factors += stepStride, values += valueStride)
        {
            var factor = Vector256.Create(*factors);
            sum0 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(values), sum0);
            sum1 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(values + 8), sum1);
            sum2 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(values + 16), sum2);
            sum3 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(values + 24), sum3);
        }
        sum0.Store(to);
        sum1.Store(to + 8);
        sum2.Store(to + 16);
        sum3.Store(to + 24);
    }
}
