using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Codes of <see cref="E4m3"/>, one byte a value: widened by moving bits, so without looking anything up.</summary>
internal readonly unsafe struct StoredE4m3 : IWidenedFloat
{
    private const int ExponentShift = 20; // e4m3 has 3 bits of mantissa, float32 23
    private const uint NormalBias = 120u << 23; // from exponents that count from -7 to those from -127
    private const uint StepBias = 121u << 23; // 1 + mantissa / 8, in units of the smallest normal value
    private const float SmallestNormal = 1f / 64;

    public static int Bytes => sizeof(byte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* values, long index)
    {
        var bytes = Vector128.CreateScalarUnsafe(*(ulong*)(values + index)).AsByte();
        var codes = Vector256.WidenLower(Vector128.WidenLower(bytes).ToVector256Unsafe());
        var sizes = codes & Vector256.Create(0x7Fu);
        var signs = Vector256.ShiftLeft(codes & Vector256.Create(0x80u), 24);
        var moved = Vector256.ShiftLeft(sizes, ExponentShift);
        var normal = moved + Vector256.Create(NormalBias);
        var small = ((moved + Vector256.Create(StepBias)).AsSingle() - Vector256.Create(SmallestNormal)).AsUInt32();
        var isSmall = Vector256.LessThan(sizes.AsInt32(), Vector256.Create(8)).AsUInt32();
        var isNone = Vector256.Equals(sizes, Vector256.Create(0x7Fu));
        var value = Vector256.ConditionalSelect(isSmall, small, normal);
        return (Vector256.ConditionalSelect(isNone, Vector256.Create(0x7FC00000u), value) | signs).AsSingle();
    }

    public static float Load(byte* values, long index) => E4m3.Decode(values[index]);
}
