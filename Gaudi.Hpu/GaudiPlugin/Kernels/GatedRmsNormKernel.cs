using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The gated norm's arithmetic. Squares of a piece are summed in eight lanes from the piece's first value on and one
/// tree, whatever the row's place, its neighbours and the rank.
/// </summary>
internal static unsafe class GatedRmsNormKernel
{
    /// <summary>x * silu(gate): x's shape, float32; the caller disposes it.</summary>
    public static Tensor Gate(Tensor x, Tensor gate)
    {
        using var scope = NewDisposeScope();
        var values = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var gates = gate.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var gated = empty(x.shape, ScalarType.Float32, x.device); // [tokens, hidden]
        var v = (float*)TensorMemory.Pointer(values);
        var g = (float*)TensorMemory.Pointer(gates);
        var to = (float*)TensorMemory.Pointer(gated);
        var i = 0L;
        for (; i + 8 <= x.numel(); i += 8)
            Of(Vector256.Load(v + i), Vector256.Load(g + i)).Store(to + i);
        for (; i < x.numel(); i++)
            to[i] = Of(Vector256.Create(v[i]), Vector256.Create(g[i])).ToScalar();
        return scope.MoveToOuter(gated);

        static Vector256<float> Of(Vector256<float> value, Vector256<float> by) =>
            value * (by / (Vector256<float>.One + Exponential.Of(-by)));
    }

    /// <summary>Fills the sums of squares of every row's pieces.</summary>
    /// <param name="gated">[tokens, hidden of this rank], float32.</param>
    /// <param name="pieces">This rank's.</param>
    /// <param name="shards">[shards of this rank, tokens, groups]. A piece's place is overwritten.</param>
    public static void SumSquares(Tensor gated, ImmutableArray<NormPiece> pieces, Tensor shards)
    {
        var (tokens, hidden, groups) = (gated.shape[0], gated.shape[1], shards.shape[2]);
        var values = (float*)TensorMemory.Pointer(gated);
        var to = (float*)TensorMemory.Pointer(shards);
        for (var row = 0L; row < tokens; row++, values += hidden)
        {
            foreach (var piece in pieces)
                to[(((piece.Shard * tokens) + row) * groups) + piece.Group] = SumSquares(values, piece);
        }
    }

    /// <summary>The norm of every row times the weight, in a type; the caller disposes it.</summary>
    /// <param name="gated">[tokens, hidden of this rank], float32. Overwritten.</param>
    /// <param name="pieces">This rank's.</param>
    /// <param name="sums">[tokens, groups]: sums of squares.</param>
    /// <param name="groupSize">Values of a group.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="weight">[hidden of this rank], in the type.</param>
    /// <param name="dtype">Of the result.</param>
    public static Tensor Normalize(
        Tensor gated, ImmutableArray<NormPiece> pieces, Tensor sums, int groupSize, float epsilon, Tensor weight,
        ScalarType dtype)
    {
        Invariant.That(weight.dtype == dtype, $"a weight of the type {dtype} of the values, not {weight.dtype}");
        var y = empty(gated.shape, dtype, gated.device); // [tokens, hidden]
        if (dtype == ScalarType.BFloat16)
            Normalize<StoredBfloat16>(gated, pieces, sums, groupSize, epsilon, weight, y);
        else
            Normalize<StoredFloat32>(gated, pieces, sums, groupSize, epsilon, weight, y);
        return y;
    }

    private static void Normalize<TStored>(
        Tensor gated, ImmutableArray<NormPiece> pieces, Tensor sums, int groupSize, float epsilon, Tensor weight,
        Tensor y)
        where TStored : struct, IStoredFloat
    {
        var (hidden, groups) = (gated.shape[1], sums.shape[1]);
        var values = (float*)TensorMemory.Pointer(gated);
        var squares = (float*)TensorMemory.Pointer(sums);
        var scales = TensorMemory.Pointer(weight);
        var to = TensorMemory.Pointer(y);
        for (var row = 0L; row < gated.shape[0]; row++, values += hidden, to += hidden * TStored.Bytes)
        {
            foreach (var piece in pieces)
            {
                var inverseRoot = 1f / MathF.Sqrt((squares[(row * groups) + piece.Group] / groupSize) + epsilon);
                Scale<TStored>(values, inverseRoot, scales, piece.Begin, piece.End, to);
            }
        }
    }

    private static float SumSquares(float* values, NormPiece piece)
    {
        var lanes = Vector256<float>.Zero;
        var i = piece.Begin;
        for (; i + 8 <= piece.End; i += 8)
        {
            var value = Vector256.Load(values + i);
            lanes = Vector256.FusedMultiplyAdd(value, value, lanes);
        }
        var sum = Lanes.Sum(lanes);
        for (; i < piece.End; i++)
            sum = MathF.FusedMultiplyAdd(values[i], values[i], sum);
        return sum;
    }

    // The normed value is rounded to the type before it meets the weight, and once more after.
    private static void Scale<TStored>(float* values, float factor, byte* weights, int begin, int end, byte* to)
        where TStored : struct, IStoredFloat
    {
        var factors = Vector256.Create(factor);
        var i = begin;
        for (; i + 8 <= end; i += 8)
        {
            TStored.Store8(to, i, Vector256.Load(values + i) * factors);
            TStored.Store8(to, i, TStored.Load8(to, i) * TStored.Load8(weights, i));
        }
        for (; i < end; i++)
        {
            TStored.Store(to, i, values[i] * factor);
            TStored.Store(to, i, TStored.Load(to, i) * TStored.Load(weights, i));
        }
    }
}
