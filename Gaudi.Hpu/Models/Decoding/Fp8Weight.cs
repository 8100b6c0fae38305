using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Decoding;

/// <summary>
/// A weight in float8 e4m3, [outputs, inputs], each value to be multiplied by the scale of its block: `weight_scale_inv` has
/// one for each block of config.json's size, the last ones cut; `weight_scale` one for each output, or a single one.
/// </summary>
/// <remarks>
/// Source: DeepSeek-AI 2024 (DeepSeek-V3), section 3.3, and its released files.
/// Scales of activations may lie beside it: activations are not quantized here.
/// </remarks>
internal sealed class Fp8Weight : IWeightDecoder
{
    private const string End = ".weight";

    private readonly Checkpoint _stored;
    private readonly string _scaleName;
    private readonly long _blockRows;
    private readonly long _blockColumns;

    private Fp8Weight(Checkpoint stored, CheckpointTensor codes, string scaleName, long blockRows, long blockColumns)
    {
        _stored = stored;
        _scaleName = scaleName;
        _blockRows = blockRows;
        _blockColumns = blockColumns;
        Weight = codes with { Dtype = ScalarType.BFloat16, IsDecoded = true };
        var inputScale = $"{codes.Name[..^End.Length]}.input_scale";
        Parts = [codes.Name, scaleName, .. stored.Find(inputScale) is null ? [] : new[] { inputScale }];
    }

    /// <inheritdoc />
    public string Name => Weight.Name;

    /// <inheritdoc />
    public CheckpointTensor Weight { get; }

    /// <inheritdoc />
    public ImmutableArray<string> Parts { get; }

    /// <summary>Every weight of a checkpoint that is stored so.</summary>
    /// <exception cref="CheckpointException">One has no scale, a scale of another shape, or should be plain.</exception>
    public static IEnumerable<IWeightDecoder> All(Checkpoint stored, ModelQuantization quantization) =>
        from name in stored.Names
        let codes = stored.Find(name)!
        where codes.Dtype == E4m3.Dtype
        select Of(stored, codes, quantization);

    /// <inheritdoc />
    public unsafe Tensor Read(int dimension, long start, long length)
    {
        var part = DecodedPart.Of(Weight.Shape, dimension, start, length);
        using var scope = NewDisposeScope();
        var inputs = Weight.Shape[1];
        var codes = _stored.Read(Name, 0, part.FirstRow, part.RowCount); // [rows, inputs]
        var scales = Scales(); // [blocks of outputs * blocks of inputs]
        var scaleColumns = (inputs + _blockColumns - 1) / _blockColumns;
        var values = empty([part.RowCount, part.ColumnCount], ScalarType.Float32); // [rows, columns]
        var from = TensorMemory.Pointer(codes);
        var to = (float*)TensorMemory.Pointer(values);
        for (var row = 0L; row < part.RowCount; row++, from += inputs)
        {
            var scaleRow = (part.FirstRow + row) / _blockRows * scaleColumns;
            for (var column = part.FirstColumn; column < part.EndColumn;)
            {
                var block = column / _blockColumns;
                var scale = scales[scaleRow + block];
                for (var end = Math.Min((block + 1) * _blockColumns, part.EndColumn); column < end; column++)
                    *to++ = E4m3.Decode(from[column]) * scale;
            }
        }
        return scope.MoveToOuter(values);
    }

    private float[] Scales()
    {
        var rows = _stored.Find(_scaleName)!.Shape;
        using var stored = _stored.Read(_scaleName, 0, 0, rows.IsEmpty ? 1 : rows[0]);
        using var wide = stored.to_type(ScalarType.Float32);
        using var flat = wide.reshape(-1); // [scales]
        return flat.data<float>().ToArray();
    }

    private static Fp8Weight Of(Checkpoint stored, CheckpointTensor codes, ModelQuantization quantization)
    {
        var isWeight = codes.Name.EndsWith(End, StringComparison.Ordinal) && codes.Shape.Length == 2;
        if (!isWeight || !quantization.Covers(codes.Name[..^End.Length]))
        {
            throw Wrong(
                stored, codes.Name, "float32, bfloat16 or float16 values, as config.json's quantization_config leaves it plain"
                + " or it is no matrix `.weight`", $"F8_E4M3 [{string.Join(", ", codes.Shape)}]");
        }
        var (rows, columns) = (codes.Shape[0], codes.Shape[1]);
        if (stored.Find($"{codes.Name}_scale_inv") is { } blockScale)
        {
            if (quantization.BlockSize is not [var blockRows, var blockColumns])
            {
                throw new CheckpointException(
                    $"{stored.Folder}: tensor '{blockScale.Name}': expected weight_block_size in config.json's "
                    + "quantization_config, there is none; copy config.json again from its source");
            }
            RequireFloat(stored, blockScale);
            long[] grid = [(rows + blockRows - 1) / blockRows, (columns + blockColumns - 1) / blockColumns];
            if (!blockScale.Shape.AsSpan().SequenceEqual(grid))
                throw Wrong(stored, blockScale.Name, $"[{string.Join(", ", grid)}]", $"[{string.Join(", ", blockScale.Shape)}]");
            return new Fp8Weight(stored, codes, blockScale.Name, blockRows, blockColumns);
        }
        if (stored.Find($"{codes.Name}_scale") is not { } scale)
            throw Wrong(stored, $"{codes.Name}_scale_inv", "the scales of a float8 weight, or `weight_scale`", "neither");
        RequireFloat(stored, scale);
        var isSingle = scale.Shape.All(size => size == 1);
        if (!isSingle && !scale.Shape.AsSpan().SequenceEqual([rows]) && !scale.Shape.AsSpan().SequenceEqual([rows, 1]))
            throw Wrong(stored, scale.Name, $"[], [1], [{rows}] or [{rows}, 1]", $"[{string.Join(", ", scale.Shape)}]");
        return new Fp8Weight(stored, codes, scale.Name, isSingle ? rows : 1, columns);
    }

    private static void RequireFloat(Checkpoint stored, CheckpointTensor scale)
    {
        if (scale.Dtype is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
            throw Wrong(stored, scale.Name, "scales in float32, bfloat16 or float16", $"{scale.Dtype}");
    }

    private static CheckpointException Wrong(Checkpoint stored, string name, string expected, string came) => new(
        $"{stored.Folder}: tensor '{name}': expected {expected}, came {came}; check that config.json belongs to these weights");
}
