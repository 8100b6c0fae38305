using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// How float32 values are kept in memory: as they are, or as bfloat16. Kernels compute in float32 and are written once
/// over this; the just-in-time compiler makes one body for each.
/// </summary>
internal unsafe interface IStoredFloat
{
    /// <summary>Bytes of one stored value.</summary>
    static abstract int Bytes { get; }

    /// <summary>Eight neighbours from <paramref name="index"/> on, as float32: exact.</summary>
    static abstract Vector256<float> Load8(byte* values, long index);

    /// <summary>One value, as float32: exact.</summary>
    static abstract float Load(byte* values, long index);

    /// <summary>Writes eight neighbours, rounded once to nearest, ties to even.</summary>
    static abstract void Store8(byte* values, long index, Vector256<float> value);

    /// <summary>Writes one value, rounded once to nearest, ties to even.</summary>
    static abstract void Store(byte* values, long index, float value);
}
