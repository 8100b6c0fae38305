using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Float32 kept as it is.</summary>
internal readonly unsafe struct StoredFloat32 : IStoredFloat
{
    public static int Bytes => sizeof(float);

    public static Vector256<float> Load8(byte* values, long index) => Vector256.Load((float*)values + index);

    public static float Load(byte* values, long index) => ((float*)values)[index];

    public static void Store8(byte* values, long index, Vector256<float> value) => value.Store((float*)values + index);

    public static void Store(byte* values, long index, float value) => ((float*)values)[index] = value;
}
