using System.Diagnostics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>The types in which weights, activations, keys and values are kept.</summary>
internal static class StoredType
{
    /// <summary>Bytes of one value.</summary>
    public static int ElementSize(this ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => sizeof(float),
        ScalarType.BFloat16 => sizeof(ushort),
        E4m3.Dtype => sizeof(byte),
        _ => throw new UnreachableException($"{dtype} is none of float32, bfloat16 and float8"),
    };
}
