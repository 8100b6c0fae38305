using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// How float32 values are kept in memory: as they are, or as bfloat16. Kernels compute in float32 and are written once
/// over this; the just-in-time compiler makes one body for each.
/// </summary>
internal unsafe interface IStoredFloat : IWidenedFloat
{
    /// <summary>Writes eight neighbours, rounded once to nearest, ties to even.</summary>
    static abstract void Store8(byte* values, long index, Vector256<float> value);

    /// <summary>Writes one value, rounded once to nearest, ties to even.</summary>
    static abstract void Store(byte* values, long index, float value);
}
