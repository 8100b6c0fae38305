using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight of codes 0 to 15 with a zero and a scale for each group of inputs: w[output, k] = (code - zero) * scale.
/// Kept in panels of 16 outputs, 8 bytes an input: byte j has output j in its low half and output j + 8 in its high one.
/// </summary>
/// <remarks>Owns its tensors until disposed. One thread while it is filled, any afterwards.</remarks>
internal sealed unsafe class FourBitWeight : IDisposable
{
    /// <summary>Outputs of a panel.</summary>
    public const int PanelOutputs = PackedMatrix.PanelOutputs;

    /// <summary>Bytes of one input's codes in a panel.</summary>
    public const int CodeBytes = PanelOutputs / 2;

    private readonly Device _device;
    private Tensor? _codes; // [panels, inputs, 8], bytes
    private Tensor? _zeros; // [panels, groups, 16], float32
    private Tensor? _scales; // [panels, groups, 16], float32
    private readonly int[] _groups; // [inputs]

    /// <summary>Takes no memory for codes until the first fill.</summary>
    /// <param name="outputCount">Of this rank.</param>
    /// <param name="inputCount">Of this rank.</param>
    /// <param name="groupCount">Rows of zeros and scales that it keeps.</param>
    /// <param name="groupSize">Inputs of a group, where they lie in order.</param>
    /// <param name="device">Where it lives.</param>
    public FourBitWeight(int outputCount, int inputCount, int groupCount, int groupSize, Device device)
    {
        OutputCount = outputCount;
        InputCount = inputCount;
        GroupCount = groupCount;
        _groups = [.. Enumerable.Range(0, inputCount).Select(input => input / groupSize)];
        _device = device;
    }

    /// <summary>Outputs, without padding.</summary>
    public int OutputCount { get; }

    /// <summary>Inputs.</summary>
    public int InputCount { get; }

    /// <summary>Rows of zeros and scales.</summary>
    public int GroupCount { get; }

    /// <summary>Panels, the last one padded.</summary>
    public int PanelCount => (OutputCount + PanelOutputs - 1) / PanelOutputs;

    /// <summary>The group of each input.</summary>
    public ReadOnlySpan<int> Groups => _groups;

    /// <summary>Bytes it takes once filled, padding included.</summary>
    public long Bytes =>
        (long)PanelCount * (((long)InputCount * CodeBytes) + (2L * GroupCount * PanelOutputs * sizeof(float)))
        + ((long)InputCount * sizeof(int));

    /// <summary>Codes of a panel: [inputs, 8].</summary>
    public byte* Codes(int panel) => Start(_codes) + ((long)panel * InputCount * CodeBytes);

    /// <summary>Zeros of a panel: [groups, 16].</summary>
    public float* Zeros(int panel) => (float*)Start(_zeros) + ((long)panel * GroupCount * PanelOutputs);

    /// <summary>Scales of a panel: [groups, 16].</summary>
    public float* Scales(int panel) => (float*)Start(_scales) + ((long)panel * GroupCount * PanelOutputs);

    /// <summary>Takes codes.</summary>
    /// <param name="firstOutput">The output of the first row.</param>
    /// <param name="codes">[outputs, inputs], bytes 0 to 15. Not changed.</param>
    public void FillCodes(int firstOutput, Tensor codes)
    {
        Check(firstOutput, codes, InputCount);
        _codes ??= zeros([PanelCount, InputCount, CodeBytes], ScalarType.Byte, _device).DetachFromDisposeScope();
        using var rows = codes.to_type(ScalarType.Byte).contiguous(); // [outputs, inputs]
        var from = TensorMemory.Pointer(rows);
        for (var row = 0; row < rows.shape[0]; row++, from += InputCount)
        {
            var (panel, lane) = Math.DivRem(firstOutput + row, PanelOutputs);
            var to = Codes(panel) + (lane % CodeBytes);
            var shift = lane < CodeBytes ? 0 : 4;
            for (var k = 0L; k < InputCount; k++)
                to[k * CodeBytes] |= (byte)(from[k] << shift);
        }
    }

    /// <summary>Takes zeros.</summary>
    /// <param name="firstOutput">The output of the first row.</param>
    /// <param name="values">[outputs, groups], whole numbers. Not changed.</param>
    public void FillZeros(int firstOutput, Tensor values) => Fill(ref _zeros, firstOutput, values);

    /// <summary>Takes scales.</summary>
    /// <param name="firstOutput">The output of the first row.</param>
    /// <param name="values">[outputs, groups]. Not changed.</param>
    public void FillScales(int firstOutput, Tensor values) => Fill(ref _scales, firstOutput, values);

    /// <summary>Takes the group of each input, where they do not lie in order.</summary>
    /// <param name="groups">One an input, each below <see cref="GroupCount"/>.</param>
    public void SetGroups(ReadOnlySpan<int> groups)
    {
        Invariant.That(groups.Length == InputCount, $"a group for each of {InputCount} inputs, not {groups.Length}");
        groups.CopyTo(_groups);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _codes?.Dispose();
        _zeros?.Dispose();
        _scales?.Dispose();
    }

    private static byte* Start(Tensor? tensor)
    {
        Invariant.That(tensor is not null, "a weight is loaded before it is used");
        return TensorMemory.Pointer(tensor!);
    }

    private void Fill(ref Tensor? room, int firstOutput, Tensor values)
    {
        Check(firstOutput, values, GroupCount);
        room ??= zeros([PanelCount, GroupCount, PanelOutputs], ScalarType.Float32, _device).DetachFromDisposeScope();
        using var rows = values.to_type(ScalarType.Float32).contiguous(); // [outputs, groups]
        PanelRows.Scatter(
            (float*)TensorMemory.Pointer(rows), rows.shape[0], GroupCount, (float*)TensorMemory.Pointer(room), firstOutput);
    }

    private void Check(int firstOutput, Tensor values, int columns)
    {
        Invariant.That(
            values.shape.Length == 2 && values.shape[1] == columns && firstOutput + values.shape[0] <= OutputCount,
            $"[outputs, {columns}] within {OutputCount} outputs, not [{string.Join(", ", values.shape)}] from {firstOutput}");
    }
}
