using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// A weight [outputs, inputs] kept for the kernel that multiplies by it: panels of 16 outputs, in each the 16 weights
/// of one input beside each other, so that one pass reads memory in order and a vector lane is one output element.
/// Outputs are padded with zeros to a multiple of 16.
/// </summary>
/// <remarks>Owns its tensor until disposed. One thread while it is filled, any afterwards.</remarks>
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Outputs of a panel.</summary>
    public const int PanelOutputs = 16;

    private readonly Device _device;
    private Tensor? _panels; // [panels, inputs, 16]
    private byte* _values;

    /// <summary>Takes no memory until the first fill.</summary>
    public PackedMatrix(int outputCount, int inputCount, ScalarType dtype, Device device)
    {
        Invariant.That(
            dtype is ScalarType.Float32 or ScalarType.BFloat16, $"weights are float32 or bfloat16, not {dtype}");
        OutputCount = outputCount;
        InputCount = inputCount;
        Dtype = dtype;
        _device = device;
    }

    /// <summary>Outputs, without padding.</summary>
    public int OutputCount { get; }

    /// <summary>Inputs.</summary>
    public int InputCount { get; }

    /// <summary>Float32 or bfloat16.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Panels, the last one padded.</summary>
    public int PanelCount => (OutputCount + PanelOutputs - 1) / PanelOutputs;

    /// <summary>Bytes such a matrix takes, padding included.</summary>
    public static long BytesOf(int outputCount, int inputCount, ScalarType dtype) =>
        (outputCount + PanelOutputs - 1L) / PanelOutputs * PanelOutputs * inputCount * dtype.ElementSize();

    /// <summary>The first panel's first weight.</summary>
    public byte* Values
    {
        get
        {
            Invariant.That(_panels is not null, "a weight is loaded before it is used");
            return _values;
        }
    }

    /// <summary>
    /// Copies rows of a weight in; rows never filled stay zero. Values are converted to this matrix's type where theirs
    /// differs.
    /// </summary>
    /// <param name="firstOutput">The output of the first row.</param>
    /// <param name="rows">[rows, inputs]. Not changed.</param>
    public void Fill(int firstOutput, Tensor rows)
    {
        Invariant.That(rows.shape.Length == 2 && rows.shape[1] == InputCount, $"rows of {InputCount} inputs");
        Invariant.That(
            firstOutput >= 0 && firstOutput + rows.shape[0] <= OutputCount, $"rows outside {OutputCount} outputs");
        Allocate();
        using var scope = NewDisposeScope();
        var source = rows.to_type(Dtype).contiguous(); // [rows, inputs]
        var rowCount = (int)rows.shape[0];
        var from = TensorMemory.Pointer(source);
        if (Dtype == ScalarType.BFloat16)
            PanelRows.Scatter((ushort*)from, rowCount, InputCount, (ushort*)Values, firstOutput);
        else
            PanelRows.Scatter((uint*)from, rowCount, InputCount, (uint*)Values, firstOutput);
    }

    /// <summary>Writes one output's weights, such as a token's embedding, in float32.</summary>
    /// <param name="output">Below <see cref="OutputCount"/>.</param>
    /// <param name="values">InputCount values.</param>
    public void CopyOutput(int output, float* values)
    {
        Invariant.That((uint)output < (uint)OutputCount, $"output {output} of {OutputCount}");
        var first = ((long)(output / PanelOutputs) * InputCount * PanelOutputs) + (output % PanelOutputs);
        for (var k = 0; k < InputCount; k++)
        {
            var at = first + ((long)k * PanelOutputs);
            values[k] = Dtype == ScalarType.BFloat16 ? StoredBfloat16.Load(Values, at) : StoredFloat32.Load(Values, at);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _panels?.Dispose();

    private void Allocate()
    {
        if (_panels is not null)
            return;
        _panels = zeros([PanelCount, InputCount, PanelOutputs], Dtype, _device).DetachFromDisposeScope();
        _values = TensorMemory.Pointer(_panels);
    }
}
