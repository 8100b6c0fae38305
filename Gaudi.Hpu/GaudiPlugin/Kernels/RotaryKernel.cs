using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>Turns heads in place: float32 arithmetic, one rounding a value.</summary>
internal static unsafe class RotaryKernel
{
    /// <summary>Turns every head of every row by the row's position.</summary>
    /// <param name="x">[tokens, heads * headSize], float32 or bfloat16, contiguous. Overwritten.</param>
    /// <param name="positions">[tokens], int64, each a row of the cache.</param>
    /// <param name="cosSin">[positions, rotaryDim], float32: cosines, then sines.</param>
    /// <param name="headSize">Dimensions of a head.</param>
    /// <param name="rotaryDim">How many of them turn.</param>
    /// <param name="isNeox">Pairs of halves, or of neighbours.</param>
    public static void Turn(Tensor x, Tensor positions, Tensor cosSin, int headSize, int rotaryDim, bool isNeox)
    {
        if (x.dtype == ScalarType.BFloat16)
            Turn<StoredBfloat16>(x, positions, cosSin, headSize, rotaryDim, isNeox);
        else
            Turn<StoredFloat32>(x, positions, cosSin, headSize, rotaryDim, isNeox);
    }

    private static void Turn<TStored>(
        Tensor x, Tensor positions, Tensor cosSin, int headSize, int rotaryDim, bool isNeox)
        where TStored : struct, IStoredFloat
    {
        var at = (long*)TensorMemory.Pointer(positions);
        var table = (float*)TensorMemory.Pointer(cosSin);
        var values = TensorMemory.Pointer(x);
        var width = x.shape[1];
        for (var token = 0L; token < x.shape[0]; token++)
        {
            Invariant.That((ulong)at[token] < (ulong)cosSin.shape[0], $"position {at[token]} of {cosSin.shape[0]}");
            var cos = table + (at[token] * rotaryDim);
            for (var head = 0L; head < width; head += headSize)
            {
                var first = values + (((token * width) + head) * TStored.Bytes);
                if (isNeox)
                    TurnHalves<TStored>(first, cos, cos + (rotaryDim / 2), rotaryDim / 2);
                else
                    TurnNeighbours<TStored>(first, cos, cos + (rotaryDim / 2), rotaryDim / 2);
            }
        }
    }

    private static void TurnHalves<TStored>(byte* values, float* cos, float* sin, int half)
        where TStored : struct, IStoredFloat
    {
        var i = 0;
        for (; i + 8 <= half; i += 8)
        {
            var c = Vector256.Load(cos + i);
            var s = Vector256.Load(sin + i);
            var x1 = TStored.Load8(values, i);
            var x2 = TStored.Load8(values, half + i);
            TStored.Store8(values, i, (x1 * c) - (x2 * s));
            TStored.Store8(values, half + i, (x2 * c) + (x1 * s));
        }
        for (; i < half; i++)
            TurnPair<TStored>(values, i, half + i, cos[i], sin[i]);
    }

    private static void TurnNeighbours<TStored>(byte* values, float* cos, float* sin, int half)
        where TStored : struct, IStoredFloat
    {
        var i = 0;
        for (; i + 8 <= half; i += 8)
        {
            var c = Vector256.Load(cos + i);
            var s = Vector256.Load(sin + i);
            var (x1, x2) = Parted(TStored.Load8(values, 2 * i), TStored.Load8(values, (2 * i) + 8));
            var (low, high) = InTurns((x1 * c) - (x2 * s), (x2 * c) + (x1 * s));
            TStored.Store8(values, 2 * i, low);
            TStored.Store8(values, (2 * i) + 8, high);
        }
        for (; i < half; i++)
            TurnPair<TStored>(values, 2 * i, (2 * i) + 1, cos[i], sin[i]);
    }

    // From sixteen neighbours: the first of each pair, and the second.
    private static (Vector256<float> First, Vector256<float> Second) Parted(Vector256<float> low, Vector256<float> high)
    {
        var order = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
        var (l, h) = (Vector256.Shuffle(low, order), Vector256.Shuffle(high, order));
        return (Vector256.Create(l.GetLower(), h.GetLower()), Vector256.Create(l.GetUpper(), h.GetUpper()));
    }

    // The way back.
    private static (Vector256<float> Low, Vector256<float> High) InTurns(Vector256<float> first, Vector256<float> second)
    {
        var order = Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7);
        return (Vector256.Shuffle(Vector256.Create(first.GetLower(), second.GetLower()), order),
            Vector256.Shuffle(Vector256.Create(first.GetUpper(), second.GetUpper()), order));
    }

    private static void TurnPair<TStored>(byte* values, int first, int second, float cos, float sin)
        where TStored : struct, IStoredFloat
    {
        var x1 = TStored.Load(values, first);
        var x2 = TStored.Load(values, second);
        TStored.Store(values, first, (x1 * cos) - (x2 * sin));
        TStored.Store(values, second, (x2 * cos) + (x1 * sin));
    }
}
