using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>Brings a checkpoint's float8 weights into the range of a card, slice by slice.</summary>
/// <remarks>Source: op modules 4.9. One thread.</remarks>
internal sealed class Fp8Loading
{
    private readonly Fp8LinearSpec _spec;
    private readonly Fp8LoadConversion _conversion;
    private readonly int _firstInput;
    private readonly float[]?[] _scales; // [parts]: all of a part's

    /// <summary>Of a layer on one rank.</summary>
    public Fp8Loading(Fp8LinearSpec spec)
    {
        _spec = spec;
        _conversion = new Fp8LoadConversion(spec.Rules.Range, spec.Rules.Settings.AdjustsScales);
        _firstInput = spec.Share.Split == LinearSplit.Inputs ? spec.Share.Lane.Rank * spec.Share.InputCount : 0;
        _scales = new float[]?[spec.Parts.Length];
        Groups = GroupsOf(spec, _firstInput);
        GroupCount = Groups.DefaultIfEmpty().Max() + 1;
    }

    /// <summary>The group of each input of this rank: its block where scales of blocks are kept, else the only one.</summary>
    public ImmutableArray<int> Groups { get; }

    private int GroupCount { get; }

    /// <summary>What a rank reads of a part: scales, codes, and the scale of activations where it is stored.</summary>
    public IEnumerable<WeightSlice> Slices(LinearPart part)
    {
        var stored = _spec.Parts[_spec.Share.Parts.IndexOf(part)];
        yield return All(stored.Scale.Name, stored.Scale.Shape);
        yield return Codes(part, stored.Scale);
        if (stored.InputScaleShape is { } shape)
            yield return All($"{part.Tensor}.input_scale", shape);
    }

    /// <summary>Takes all scales of a part's weight.</summary>
    /// <exception cref="QuantizationException">One is under 0 or no finite number.</exception>
    public void TakeScales(int part, Tensor values)
    {
        var scales = Floats(values);
        if (scales.FirstOrDefault(scale => !(scale >= 0 && float.IsFinite(scale)), 0) is var wrong and not 0)
            throw new QuantizationException(
                $"tensor '{_spec.Parts[part].Scale.Name}': expected finite scales of 0 or more, came {wrong}");
        _scales[part] = scales;
    }

    /// <summary>A stored scale of activations as this card uses it.</summary>
    /// <exception cref="QuantizationException">It, or its inverse, is not over 0 and finite.</exception>
    public float InputScale(int part, Tensor value)
    {
        var scale = Floats(value)[0];
        if (!(scale > 0 && float.IsFinite(scale) && float.IsFinite(1 / scale)))
            throw new QuantizationException(
                $"tensor '{_spec.Share.Parts[part].Tensor}.input_scale': expected a finite scale over 0, came {scale}");
        if (_spec.Rules.Settings.AlignsScales)
            return AlignedScale.Of(scale, _spec.Rules.Generation);
        return _conversion.ScaleFactor > 1 ? scale * (Fp8Range.Full.Max / _spec.Rules.Range.Max) : scale;
    }

    /// <summary>This rank's codes [outputs, inputs] and scales [outputs, groups] of a part.</summary>
    /// <param name="part">Its scales were taken.</param>
    /// <param name="stored">The slice of its codes.</param>
    /// <exception cref="QuantizationException">A code is no number.</exception>
    public unsafe (byte[] Codes, float[] Scales) Rows(int part, Tensor stored)
    {
        var slice = Codes(_spec.Share.Parts[part], _spec.Parts[part].Scale);
        var (rowCount, columnCount, inputs) = ((int)stored.shape[0], (int)stored.shape[1], _spec.Share.InputCount);
        var codes = new byte[(long)rowCount * inputs];
        var scales = new float[rowCount * GroupCount];
        using var near = stored.contiguous(); // [outputs, inputs]
        for (var row = 0; row < rowCount; row++)
        {
            var from = new ReadOnlySpan<byte>(TensorMemory.Pointer(near) + ((long)row * columnCount), columnCount);
            if (from.ContainsAny((byte)0x7F, (byte)0xFF))
                throw new QuantizationException($"tensor '{slice.Name}': expected finite float8 values, came one that is no number");
            var storedRow = (slice.Dimension == 0 ? slice.Start : 0) + row;
            var to = codes.AsSpan(row * inputs, inputs);
            var rowScales = scales.AsSpan(row * GroupCount, GroupCount);
            if (IsBlocked(_spec, part) && _spec.Rules.Settings.HasChannelScales)
                rowScales.Fill(Join(part, storedRow, from, to));
            else if (!IsBlocked(_spec, part) && _spec.Rules.Settings.AlignsScales)
                rowScales.Fill(Align(part, storedRow, from, to));
            else
                Keep(part, storedRow, from, to, rowScales);
        }
        return (codes, scales);
    }

    private static bool IsBlocked(Fp8LinearSpec spec, int part) => spec.Parts[part].Scale.BlockColumns < spec.Share.InputSize;

    private static ImmutableArray<int> GroupsOf(Fp8LinearSpec spec, int firstInput)
    {
        var blocks = Enumerable.Range(0, spec.Parts.Length).Where(part => IsBlocked(spec, part) && !spec.Rules.Settings.HasChannelScales)
            .Select(part => spec.Parts[part].Scale.BlockColumns).Distinct().ToArray();
        Invariant.That(blocks.Length <= 1, $"{spec.Prefix}: one size of blocks");
        var block = blocks.Length == 1 ? blocks[0] : int.MaxValue;
        return
        [
            .. Enumerable.Range(firstInput, spec.Share.InputCount)
                .Select(input => blocks.Length == 0 ? 0 : (int)((input / block) - (firstInput / block))),
        ];
    }

    private static WeightSlice All(string name, ImmutableArray<long> shape) =>
        shape.IsEmpty ? new WeightSlice(name, shape, 0, 0, 1) : WeightSlice.Whole(name, shape);

    // A new scale of an output needs all its inputs.
    private WeightSlice Codes(LinearPart part, Fp8StoredScale scale) => _spec.Share.Grid(
        part, "weight", _spec.Share.InputSize, 1, isOutputFirst: true,
        hasAllInputs: _spec.Rules.Settings.HasChannelScales && scale.BlockColumns < _spec.Share.InputSize);

    private float ScaleOf(int part, long row, long column)
    {
        var scale = _spec.Parts[part].Scale;
        var columns = (_spec.Share.InputSize + scale.BlockColumns - 1) / scale.BlockColumns;
        return _scales[part]![(row / scale.BlockRows * columns) + (column / scale.BlockColumns)];
    }

    private void Keep(int part, long row, ReadOnlySpan<byte> from, Span<byte> to, Span<float> scales)
    {
        for (var k = 0; k < to.Length; k++)
        {
            to[k] = _conversion.Code(from[k]);
            scales[Groups[k]] = ScaleOf(part, row, _firstInput + k) * _conversion.ScaleFactor;
        }
    }

    private float Join(int part, long row, ReadOnlySpan<byte> from, Span<byte> to)
    {
        var blockInputs = (int)_spec.Parts[part].Scale.BlockColumns;
        var blocks = new float[(from.Length + blockInputs - 1) / blockInputs];
        for (var block = 0; block < blocks.Length; block++)
            blocks[block] = ScaleOf(part, row, (long)block * blockInputs);
        var joined = new byte[from.Length]; // [all inputs]
        var range = _spec.Rules.Settings.AlignsScales ? Fp8Range.Full : _spec.Rules.Range;
        var scale = Fp8Requantizer.BlocksToChannel(from, blocks, blockInputs, range, joined);
        var own = joined.AsSpan(_firstInput, to.Length);
        if (_spec.Rules.Settings.AlignsScales)
            return Align(scale, own, to);
        own.CopyTo(to);
        return scale;
    }

    private float Align(int part, long row, ReadOnlySpan<byte> from, Span<byte> to) =>
        Align(ScaleOf(part, row, _firstInput), from, to);

    private float Align(float scale, ReadOnlySpan<byte> from, Span<byte> to)
    {
        var aligned = scale == 0 ? 1 : AlignedScale.Of(scale, _spec.Rules.Generation); // Of 0 all codes become 0.
        for (var k = 0; k < to.Length; k++)
            to[k] = E4m3.Encode(E4m3.Decode(from[k]) * scale / aligned, _spec.Rules.Range.Max);
        return aligned;
    }

    private static float[] Floats(Tensor values)
    {
        using var wide = values.to_type(ScalarType.Float32);
        using var flat = wide.reshape(-1); // [values]
        return flat.data<float>().ToArray();
    }
}
