using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Decoding;

/// <summary>
/// One expert of a stack in four-bit floats: `{name}_blocks` [experts, outputs, groups, 16], two e2m1 codes a byte, the lower
/// half first, and `{name}_scales` [experts, outputs, groups], each the power of two, with bias 127, of 32 values. Decoded it
/// is [outputs, 32 * groups], under the name `{name}_blocks[{expert}]`: no more than one expert is decoded at a time.
/// </summary>
/// <remarks>
/// Source: Open Compute Project 2023 (Microscaling Formats v1.0), 5.3.3 and 5.4.1, where scale 255 is no number; the layout
/// is that of OpenAI's gpt-oss files.
/// </remarks>
internal sealed class Mxfp4Weight : IWeightDecoder
{
    private const int GroupInputs = 32;
    private const int GroupBytes = GroupInputs / 2;
    private const int ScaleBias = 127;
    private const string BlocksEnd = "_blocks";
    private const string ScalesEnd = "_scales";

    private readonly Checkpoint _stored;
    private readonly long _expert;
    private readonly string _scalesName;

    private Mxfp4Weight(Checkpoint stored, CheckpointTensor blocks, CheckpointTensor scales, long expert)
    {
        _stored = stored;
        _expert = expert;
        _scalesName = scales.Name;
        Name = $"{blocks.Name}[{expert}]";
        Weight = blocks with
        {
            Dtype = ScalarType.BFloat16, Shape = [blocks.Shape[1], blocks.Shape[2] * GroupInputs], IsDecoded = true,
        };
        Parts = [blocks.Name, scales.Name];
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public CheckpointTensor Weight { get; }

    /// <inheritdoc />
    public ImmutableArray<string> Parts { get; }

    // By code; the fourth bit is the sign.
    private static ReadOnlySpan<float> Values => [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    /// <summary>Every expert of a checkpoint that is stored so.</summary>
    /// <exception cref="CheckpointException">Blocks or scales are missing, of another shape, or should be plain.</exception>
    public static IEnumerable<IWeightDecoder> All(Checkpoint stored, ModelQuantization quantization) =>
        from name in stored.Names
        where name.EndsWith(BlocksEnd, StringComparison.Ordinal) || name.EndsWith(ScalesEnd, StringComparison.Ordinal)
        let stack = name[..^BlocksEnd.Length]
        group name by stack into pair
        from expert in OfStack(stored, quantization, pair.Key)
        select expert;

    /// <inheritdoc />
    public unsafe Tensor Read(int dimension, long start, long length)
    {
        var part = DecodedPart.Of(Weight.Shape, dimension, start, length);
        using var scope = NewDisposeScope();
        var groups = Weight.Shape[1] / GroupInputs;
        var blocks = _stored.Read(Weight.Name, 0, _expert, 1); // [1, outputs, groups, 16]
        var scales = _stored.Read(_scalesName, 0, _expert, 1); // [1, outputs, groups]
        var values = empty([part.RowCount, part.ColumnCount], ScalarType.Float32); // [rows, columns]
        var codes = TensorMemory.Pointer(blocks);
        var exponents = TensorMemory.Pointer(scales);
        var to = (float*)TensorMemory.Pointer(values);
        Span<float> scaled = stackalloc float[Values.Length];
        for (var row = part.FirstRow; row < part.FirstRow + part.RowCount; row++)
        {
            for (var column = part.FirstColumn; column < part.EndColumn;)
            {
                var inGroup = column / GroupInputs;
                var at = (row * groups) + inGroup;
                Scale(exponents[at], scaled);
                var bytes = codes + (at * GroupBytes);
                for (var end = Math.Min((inGroup + 1) * GroupInputs, part.EndColumn); column < end; column++)
                {
                    var both = bytes[column % GroupInputs / 2];
                    *to++ = scaled[column % 2 == 0 ? both & 15 : both >> 4];
                }
            }
        }
        return scope.MoveToOuter(values);
    }

    private static void Scale(byte exponent, Span<float> scaled)
    {
        var scale = exponent == byte.MaxValue ? float.NaN : MathF.ScaleB(1, exponent - ScaleBias);
        for (var code = 0; code < scaled.Length; code++)
            scaled[code] = Values[code] * scale;
    }

    private static IEnumerable<IWeightDecoder> OfStack(Checkpoint stored, ModelQuantization quantization, string stack)
    {
        var blocks = stored.Find(stack + BlocksEnd)
            ?? throw Wrong(stored, stack + BlocksEnd, $"U8 [experts, outputs, groups, {GroupBytes}]", "none");
        if (blocks is not { Dtype: ScalarType.Byte, Shape: [var experts, var outputs, var groups, GroupBytes] })
            throw Wrong(stored, blocks.Name, $"U8 [experts, outputs, groups, {GroupBytes}]", Told(blocks));
        if (!quantization.Covers(stack[..stack.LastIndexOf('.')]))
            throw Wrong(stored, blocks.Name, "plain weights, as config.json's modules_to_not_convert says", Told(blocks));
        var expected = $"U8 [{experts}, {outputs}, {groups}]";
        var scales = stored.Find(stack + ScalesEnd) ?? throw Wrong(stored, stack + ScalesEnd, expected, "none");
        if (scales.Dtype != ScalarType.Byte || !scales.Shape.AsSpan().SequenceEqual([experts, outputs, groups]))
            throw Wrong(stored, scales.Name, expected, Told(scales));
        for (var expert = 0L; expert < experts; expert++)
            yield return new Mxfp4Weight(stored, blocks, scales, expert);
    }

    private static string Told(CheckpointTensor tensor) =>
        $"{(tensor.Dtype == ScalarType.Byte ? "U8" : tensor.Dtype)} [{string.Join(", ", tensor.Shape)}]";

    private static CheckpointException Wrong(Checkpoint stored, string name, string expected, string came) => new(
        $"{stored.Folder}: tensor '{name}': expected {expected}, came {came}; check that config.json belongs to these weights");
}
