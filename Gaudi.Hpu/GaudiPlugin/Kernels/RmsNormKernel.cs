using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// RMS norm of rows, with or without a residual. Squares are summed in four vectors of eight lanes and one tree,
/// whatever the row's place and neighbours.
/// </summary>
internal static unsafe class RmsNormKernel
{
    private const int Stride = 32;

    /// <summary>Norms every row.</summary>
    /// <param name="x">[..., hidden], float32 or bfloat16. Not changed.</param>
    /// <param name="residual">x's shape and type, or null. Not changed.</param>
    /// <param name="weight">[hidden], x's type.</param>
    /// <param name="weightOffset">Added to every weight in float32.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <returns>The norm, and x + residual; the caller disposes both.</returns>
    public static NormOutput Run(Tensor x, Tensor? residual, Tensor weight, float weightOffset, float epsilon)
    {
        Invariant.That(
            weight.dtype == x.dtype && (residual is null || residual.dtype == x.dtype),
            $"one type, {x.dtype}, for all");
        using var scope = NewDisposeScope();
        var rows = x.contiguous(); // [..., hidden]
        var added = residual?.contiguous(); // [..., hidden]
        var y = empty(x.shape, x.dtype, x.device); // [..., hidden]
        var sum = residual is null ? null : empty(x.shape, x.dtype, x.device); // [..., hidden]
        var hidden = (int)x.shape[^1];
        var scratch = zeros([2, Padded(hidden)], ScalarType.Float32, x.device); // a row and the scale
        if (x.dtype == ScalarType.BFloat16)
            Run<StoredBfloat16>(rows, added, weight, weightOffset, epsilon, scratch, y, sum);
        else
            Run<StoredFloat32>(rows, added, weight, weightOffset, epsilon, scratch, y, sum);
        return new NormOutput(scope.MoveToOuter(y), sum is null ? null : scope.MoveToOuter(sum));
    }

    private static void Run<TStored>(
        Tensor x, Tensor? residual, Tensor weight, float weightOffset, float epsilon, Tensor scratch, Tensor y,
        Tensor? sum)
        where TStored : struct, IStoredFloat
    {
        var hidden = (int)x.shape[^1];
        var rowBytes = (long)hidden * TStored.Bytes;
        var row = (float*)TensorMemory.Pointer(scratch);
        var scale = row + Padded(hidden);
        Widen<TStored>(TensorMemory.Pointer(weight), hidden, scale);
        for (var i = 0; i < hidden; i++)
            scale[i] += weightOffset;
        var from = TensorMemory.Pointer(x);
        var added = residual is null ? null : TensorMemory.Pointer(residual);
        var to = TensorMemory.Pointer(y);
        var total = sum is null ? null : TensorMemory.Pointer(sum);
        for (var offset = 0L; offset < x.numel() * TStored.Bytes; offset += rowBytes)
        {
            var source = from + offset;
            if (added != null)
            {
                Add<TStored>(source, added + offset, hidden, total + offset);
                source = total + offset; // the norm sees the rounded sum
            }
            Widen<TStored>(source, hidden, row);
            var inverseRoot = 1f / MathF.Sqrt((SquareSum(row, hidden) / hidden) + epsilon);
            Scale<TStored>(row, inverseRoot, scale, hidden, to + offset);
        }
    }

    private static void Widen<TStored>(byte* values, int count, float* to) where TStored : struct, IStoredFloat
    {
        var i = 0;
        for (; i + 8 <= count; i += 8)
            TStored.Load8(values, i).Store(to + i);
        for (; i < count; i++)
            to[i] = TStored.Load(values, i);
    }

    private static void Add<TStored>(byte* x, byte* y, int count, byte* to) where TStored : struct, IStoredFloat
    {
        var i = 0;
        for (; i + 8 <= count; i += 8)
            TStored.Store8(to, i, TStored.Load8(x, i) + TStored.Load8(y, i));
        for (; i < count; i++)
            TStored.Store(to, i, TStored.Load(x, i) + TStored.Load(y, i));
    }

    // The row is padded with zeros to whole strides.
    private static float SquareSum(float* row, int count)
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var i = 0; i < count; i += Stride)
        {
            var (v0, v1) = (Vector256.Load(row + i), Vector256.Load(row + i + 8));
            var (v2, v3) = (Vector256.Load(row + i + 16), Vector256.Load(row + i + 24));
            sum0 = Vector256.FusedMultiplyAdd(v0, v0, sum0);
            sum1 = Vector256.FusedMultiplyAdd(v1, v1, sum1);
            sum2 = Vector256.FusedMultiplyAdd(v2, v2, sum2);
            sum3 = Vector256.FusedMultiplyAdd(v3, v3, sum3);
        }
        return Lanes.Sum((sum0 + sum1) + (sum2 + sum3));
    }

    private static void Scale<TStored>(float* row, float inverseRoot, float* scale, int count, byte* to)
        where TStored : struct, IStoredFloat
    {
        var factor = Vector256.Create(inverseRoot);
        var i = 0;
        for (; i + 8 <= count; i += 8)
            TStored.Store8(to, i, Vector256.Load(row + i) * factor * Vector256.Load(scale + i));
        for (; i < count; i++)
            TStored.Store(to, i, row[i] * inverseRoot * scale[i]);
    }

    private static int Padded(int count) => (count + Stride - 1) / Stride * Stride;
}
