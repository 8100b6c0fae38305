using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>The scales of a stored float8 weight [outputs, inputs].</summary>
/// <param name="Name">The tensor they lie in.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="BlockRows">Outputs that share a scale.</param>
/// <param name="BlockColumns">Inputs that share a scale.</param>
/// <remarks>
/// Source: DeepSeek-AI 2024 (DeepSeek-V3), section 3.3, for blocks; vllm-project/compressed-tensors, `float-quantized`.
/// </remarks>
public sealed record Fp8StoredScale(string Name, ImmutableArray<long> Shape, long BlockRows, long BlockColumns)
{
    /// <summary>Finds the scales of a weight: one for each block, for each output, or a single one.</summary>
    /// <param name="layer">The weight's name without a suffix.</param>
    /// <param name="blockSize">Rows and columns of a block; empty where the configuration names none.</param>
    /// <param name="find">What the checkpoint has under a name; null for nothing.</param>
    /// <exception cref="QuantizationException">They are missing, or of another type or shape.</exception>
    public static Fp8StoredScale Of(string layer, ImmutableArray<int> blockSize, Func<string, StoredTensor?> find)
    {
        var name = $"{layer}.weight";
        var codes = find(name) ?? throw Wrong(name, "a weight in float8", "none");
        if (codes.Dtype != E4m3.Dtype || codes.Shape.Length != 2)
            throw Wrong(name, "F8_E4M3 [outputs, inputs]", $"{Told(codes.Dtype)} [{string.Join(", ", codes.Shape)}]");
        var (rows, columns) = (codes.Shape[0], codes.Shape[1]);
        var inverse = find($"{name}_scale_inv") is not null;
        var scaleName = inverse ? $"{name}_scale_inv" : $"{name}_scale";
        if (find(scaleName) is not { } scale)
            throw Wrong($"{name}_scale_inv", "the scales of a float8 weight, or `weight_scale`", "neither");
        if (scale.Dtype is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
            throw Wrong(scaleName, "scales in float32, bfloat16 or float16", Told(scale.Dtype));
        if (inverse && blockSize.IsEmpty)
            throw new QuantizationException(
                $"tensor '{scaleName}': expected weight_block_size in config.json's quantization_config, there is none; copy config.json "
                + "again from its source");
        long[] grid = blockSize is [var blockRows, var blockColumns]
            ? [(rows + blockRows - 1) / blockRows, (columns + blockColumns - 1) / blockColumns]
            : [];
        if (grid.Length > 0 && scale.Shape.AsSpan().SequenceEqual(grid))
            return new Fp8StoredScale(scaleName, scale.Shape, blockSize[0], blockSize[1]);
        if (inverse)
            throw Wrong(scaleName, $"[{string.Join(", ", grid)}]", $"[{string.Join(", ", scale.Shape)}]");
        if (scale.Shape.All(size => size == 1))
            return new Fp8StoredScale(scaleName, scale.Shape, rows, columns);
        if (scale.Shape.AsSpan().SequenceEqual([rows]) || scale.Shape.AsSpan().SequenceEqual([rows, 1]))
            return new Fp8StoredScale(scaleName, scale.Shape, 1, columns);
        var blocks = grid.Length > 0 ? $", [{string.Join(", ", grid)}]" : "";
        throw Wrong(scaleName, $"[], [1], [{rows}] or [{rows}, 1]{blocks}", $"[{string.Join(", ", scale.Shape)}]");
    }

    private static string Told(ScalarType dtype) => dtype == E4m3.Dtype ? "F8_E4M3" : $"{dtype}";

    private static QuantizationException Wrong(string name, string expected, string came) =>
        new($"tensor '{name}': expected {expected}, came {came}; check that config.json belongs to these weights");
}
