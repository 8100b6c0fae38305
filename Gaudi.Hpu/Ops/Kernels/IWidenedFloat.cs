using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// How values in memory are read as float32. Kernels that only read are written once over this; the just-in-time compiler makes
/// one body for each.
/// </summary>
internal unsafe interface IWidenedFloat
{
    /// <summary>Bytes of one stored value.</summary>
    static abstract int Bytes { get; }

    /// <summary>Eight neighbours from <paramref name="index"/> on, as float32: exact.</summary>
    static abstract Vector256<float> Load8(byte* values, long index);

    /// <summary>One value, as float32: exact.</summary>
    static abstract float Load(byte* values, long index);
}
