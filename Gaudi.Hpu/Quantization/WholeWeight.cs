using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight of whole numbers of 8 bits with a scale for each output: w[output, k] = number * scale, rounded to the type of the
/// activations. Kept in panels of 16 outputs, 16 bytes an input.
/// </summary>
/// <remarks>Owns its tensors until disposed. One thread while it is filled, any afterwards.</remarks>
internal sealed unsafe class WholeWeight(int outputCount, int inputCount, ScalarType dtype, Device device) : IDisposable
{
    private Tensor? _numbers; // [panels, inputs, 16], signed bytes
    private Tensor? _scales; // [panels, 16], float32

    /// <summary>Outputs, without padding.</summary>
    public int OutputCount => outputCount;

    /// <summary>Inputs.</summary>
    public int InputCount => inputCount;

    /// <summary>Of activations: widened values have its precision.</summary>
    public ScalarType Dtype => dtype;

    /// <summary>Bytes it takes once filled, padding included.</summary>
    public long Bytes => (long)PanelCount * PackedMatrix.PanelOutputs * (inputCount + sizeof(float));

    private int PanelCount => (outputCount + PackedMatrix.PanelOutputs - 1) / PackedMatrix.PanelOutputs;

    /// <summary>Takes numbers.</summary>
    /// <param name="firstOutput">The output of the first row.</param>
    /// <param name="numbers">[outputs, inputs], int8. Not changed.</param>
    public void FillNumbers(int firstOutput, Tensor numbers)
    {
        Invariant.That(
            numbers.shape.Length == 2 && numbers.shape[1] == inputCount && firstOutput + numbers.shape[0] <= outputCount,
            $"[outputs, {inputCount}] within {outputCount} outputs, not [{string.Join(", ", numbers.shape)}] from {firstOutput}");
        _numbers ??= zeros([PanelCount, inputCount, PackedMatrix.PanelOutputs], ScalarType.Int8, device).DetachFromDisposeScope();
        using var rows = numbers.to_type(ScalarType.Int8).contiguous(); // [outputs, inputs]
        PanelRows.Scatter(TensorMemory.Pointer(rows), rows.shape[0], inputCount, TensorMemory.Pointer(_numbers), firstOutput);
    }

    /// <summary>Takes scales.</summary>
    /// <param name="firstOutput">The output of the first one.</param>
    /// <param name="scales">[outputs, 1]. Not changed.</param>
    public void FillScales(int firstOutput, Tensor scales)
    {
        Invariant.That(scales.shape is [var count, 1] && firstOutput + count <= outputCount, $"[outputs, 1] within {outputCount}");
        _scales ??= zeros([PanelCount, PackedMatrix.PanelOutputs], ScalarType.Float32, device).DetachFromDisposeScope();
        using var rows = scales.to_type(ScalarType.Float32).contiguous(); // [outputs, 1]
        PanelRows.Scatter(
            (float*)TensorMemory.Pointer(rows), rows.shape[0], 1, (float*)TensorMemory.Pointer(_scales), firstOutput);
    }

    /// <summary>Numbers of a panel: [inputs, 16].</summary>
    public sbyte* Numbers(int panel) => (sbyte*)Start(_numbers) + ((long)panel * inputCount * PackedMatrix.PanelOutputs);

    /// <summary>Scales of a panel: [16].</summary>
    public float* Scales(int panel) => (float*)Start(_scales) + (panel * PackedMatrix.PanelOutputs);

    /// <inheritdoc />
    public void Dispose()
    {
        _numbers?.Dispose();
        _scales?.Dispose();
    }

    private static byte* Start(Tensor? tensor)
    {
        Invariant.That(tensor is not null, "a weight is loaded before it is used");
        return TensorMemory.Pointer(tensor!);
    }
}
