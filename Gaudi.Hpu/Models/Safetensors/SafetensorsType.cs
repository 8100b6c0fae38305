using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Safetensors;

/// <summary>An element type of the format.</summary>
/// <param name="Name">As headers write it.</param>
/// <param name="Dtype">libtorch's number for it; TorchSharp 0.107 has no name for the float8 and unsigned ones.</param>
/// <param name="ElementBytes">Bytes of one value.</param>
/// <remarks>Source: huggingface/safetensors, tensor.rs, `Dtype`; c10/core/ScalarType.h of libtorch 2.10.</remarks>
internal sealed record SafetensorsType(string Name, ScalarType Dtype, int ElementBytes)
{
    /// <summary>Every type that can be read.</summary>
    public static ImmutableArray<SafetensorsType> All { get; } =
    [
        new("F64", ScalarType.Float64, 8),
        new("F32", ScalarType.Float32, 4),
        new("F16", ScalarType.Float16, 2),
        new("BF16", ScalarType.BFloat16, 2),
        new("F8_E4M3", (ScalarType)24, 1),
        new("F8_E5M2", (ScalarType)23, 1),
        new("I64", ScalarType.Int64, 8),
        new("I32", ScalarType.Int32, 4),
        new("I16", ScalarType.Int16, 2),
        new("I8", ScalarType.Int8, 1),
        new("U64", (ScalarType)29, 8),
        new("U32", (ScalarType)28, 4),
        new("U16", (ScalarType)27, 2),
        new("U8", ScalarType.Byte, 1),
        new("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>The type of that name; null when it cannot be read.</summary>
    public static SafetensorsType? Find(string name) => All.FirstOrDefault(type => type.Name == name);
}
