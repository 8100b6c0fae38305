using System.Diagnostics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>The types in which weights and activations are kept.</summary>
internal static class StoredType
{
    /// <summary>Bytes of one value.</summary>
    public static int ElementSize(this ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => sizeof(float),
        ScalarType.BFloat16 => sizeof(ushort),
        _ => throw new UnreachableException($"{dtype} is neither float32 nor bfloat16"),
    };
}
