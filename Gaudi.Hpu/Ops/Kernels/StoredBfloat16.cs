using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Bfloat16, the upper half of a float32: widening is a shift, so nothing is lost on the way in.</summary>
internal readonly unsafe struct StoredBfloat16 : IStoredFloat
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* values, long index)
    {
        var halves = Vector128.Load((ushort*)values + index);
        return Vector256.ShiftLeft(Vector256.WidenLower(halves.ToVector256Unsafe()), 16).AsSingle();
    }

    public static float Load(byte* values, long index) =>
        BitConverter.UInt32BitsToSingle((uint)((ushort*)values)[index] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(byte* values, long index, Vector256<float> value)
    {
        var rounded = Vector256.ShiftRightLogical(Nearest8(value), 16);
        // Rounding would carry a NaN's payload into infinity: a NaN becomes the quiet NaN.
        rounded = Vector256.ConditionalSelect(
            Vector256.Equals(value, value).AsUInt32(), rounded, Vector256.Create(0x7FC0u));
        Vector256.Narrow(rounded, rounded).GetLower().Store((ushort*)values + index);
    }

    /// <summary>Values rounded to bfloat16, nearest and even, and widened again. Finite ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Rounded8(Vector256<float> value) =>
        (Nearest8(value) & Vector256.Create(0xFFFF0000u)).AsSingle();

    public static void Store(byte* values, long index, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)values)[index] = float.IsNaN(value)
            ? (ushort)0x7FC0
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    // The upper halves are the nearest values.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Nearest8(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var odd = Vector256.ShiftRightLogical(bits, 16) & Vector256.Create(1u);
        return bits + Vector256.Create(0x7FFFu) + odd;
    }
}
