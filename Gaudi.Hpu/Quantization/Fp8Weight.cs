using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight of float8 codes with a scale for each output and group of inputs: w[output, k] = value of the code * scale. Kept in panels
/// of 16 outputs, 16 bytes an input.
/// </summary>
/// <remarks>Owns its tensors until disposed. One thread while it is filled, any afterwards.</remarks>
internal sealed unsafe class Fp8Weight : IDisposable
{
    private readonly Device _device;
    private readonly int[] _groups; // [inputs]
    private Tensor? _codes; // [panels, inputs, 16], bytes
    private Tensor? _scales; // [panels, groups, 16], float32

    /// <summary>Takes no memory for codes until the first fill.</summary>
    /// <param name="outputCount">Of this rank.</param>
    /// <param name="groups">The group of each input of this rank, from 0.</param>
    /// <param name="device">Where it lives.</param>
    public Fp8Weight(int outputCount, int[] groups, Device device)
    {
        OutputCount = outputCount;
        _groups = groups;
        GroupCount = groups.DefaultIfEmpty().Max() + 1;
        _device = device;
    }

    /// <summary>Outputs, without padding.</summary>
    public int OutputCount { get; }

    /// <summary>Inputs.</summary>
    public int InputCount => _groups.Length;

    /// <summary>Scales of an output.</summary>
    public int GroupCount { get; }

    /// <summary>The group of each input.</summary>
    public ReadOnlySpan<int> Groups => _groups;

    /// <summary>Bytes it takes once filled, padding included.</summary>
    public long Bytes =>
        ((long)PanelCount * PackedMatrix.PanelOutputs * (InputCount + (GroupCount * (long)sizeof(float))))
        + ((long)InputCount * sizeof(int));

    private int PanelCount => (OutputCount + PackedMatrix.PanelOutputs - 1) / PackedMatrix.PanelOutputs;

    /// <summary>Takes codes and scales.</summary>
    /// <param name="firstOutput">The output of the first row.</param>
    /// <param name="codes">[outputs, inputs], rows one after another.</param>
    /// <param name="scales">[outputs, groups], rows one after another.</param>
    public void Fill(int firstOutput, ReadOnlySpan<byte> codes, ReadOnlySpan<float> scales)
    {
        var rowCount = scales.Length / GroupCount;
        Invariant.That(
            (long)rowCount * InputCount == codes.Length && firstOutput + rowCount <= OutputCount,
            $"{codes.Length} codes and {scales.Length} scales from {firstOutput} within [{OutputCount}, {InputCount}]");
        _codes ??= zeros([PanelCount, InputCount, PackedMatrix.PanelOutputs], ScalarType.Byte, _device).DetachFromDisposeScope();
        _scales ??= zeros([PanelCount, GroupCount, PackedMatrix.PanelOutputs], ScalarType.Float32, _device).DetachFromDisposeScope();
        fixed (byte* from = codes)
            PanelRows.Scatter(from, rowCount, InputCount, TensorMemory.Pointer(_codes), firstOutput);
        fixed (float* from = scales)
            PanelRows.Scatter(from, rowCount, GroupCount, (float*)TensorMemory.Pointer(_scales), firstOutput);
    }

    /// <summary>Codes of a panel: [inputs, 16].</summary>
    public byte* Codes(int panel) => Start(_codes) + ((long)panel * InputCount * PackedMatrix.PanelOutputs);

    /// <summary>Scales of a panel: [groups, 16].</summary>
    public float* Scales(int panel) => (float*)Start(_scales) + ((long)panel * GroupCount * PackedMatrix.PanelOutputs);

    /// <inheritdoc />
    public void Dispose()
    {
        _codes?.Dispose();
        _scales?.Dispose();
    }

    private static byte* Start(Tensor? tensor)
    {
        Invariant.That(tensor is not null, "a weight is loaded before it is used");
        return TensorMemory.Pointer(tensor!);
    }
}
