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
        for (var i = 0; i < half; i++)
            TurnPair<TStored>(values, 2 * i, (2 * i) + 1, cos[i], sin[i]);
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
