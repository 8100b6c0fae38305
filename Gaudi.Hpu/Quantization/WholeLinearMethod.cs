using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight as compressed-tensors keeps it for W8A8 in whole numbers: `weight` [outputs, inputs], int8; `weight_scale`
/// [outputs, 1]. Activations are not quantized: the weight is widened, as the Gaudi plugin does.
/// </summary>
/// <remarks>Source: vllm-project/compressed-tensors, `int-quantized`; vllm-gaudi, `hpu_compressed_tensors` (as of 2026-08).</remarks>
[OpName("CompressedTensorsW8A8Int8", "compressed_tensors_w8a8_int8")]
public class WholeLinearMethod : WidenedLinearMethod
{
    /// <summary>Takes no memory for the weight until it is loaded.</summary>
    public WholeLinearMethod(OpSpec spec) : base(spec, ((WholeSpec)spec).Share)
    {
        Spec = (WholeSpec)spec;
        Weight = new WholeWeight(Share.OutputCount, Share.InputCount, Spec.Dtype, Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new WholeSpec Spec { get; }

    /// <inheritdoc />
    public override long WeightBytes => Weight.Bytes;

    /// <summary>Numbers and scales.</summary>
    internal WholeWeight Weight { get; }

    /// <inheritdoc />
    public override void Dispose()
    {
        Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected override IEnumerable<WeightSlice> SlicesOf(LinearPart part) =>
    [
        Share.Grid(part, "weight", Share.InputSize, 1, isOutputFirst: true),
        Share.Grid(part, "weight_scale", 1, 1, isOutputFirst: true, hasAllInputs: true),
    ];

    private protected override void Load(int part, int kind, Tensor values)
    {
        if (kind == 0)
            Weight.FillNumbers(Share.FirstOutput(part), values);
        else
            Weight.FillScales(Share.FirstOutput(part), values);
    }

    /// <inheritdoc />
    /// <remarks>With the precision of the activations.</remarks>
    public override unsafe Tensor Widened()
    {
        using var scope = NewDisposeScope();
        var wide = empty([Weight.OutputCount, Weight.InputCount], ScalarType.Float32, Spec.Device); // [outputs, inputs]
        var to = (float*)TensorMemory.Pointer(wide);
        for (var output = 0; output < Weight.OutputCount; output++)
        {
            var (panel, lane) = Math.DivRem(output, PackedMatrix.PanelOutputs);
            for (var k = 0L; k < Weight.InputCount; k++)
                *to++ = Weight.Numbers(panel)[(k * PackedMatrix.PanelOutputs) + lane] * Weight.Scales(panel)[lane];
        }
        return scope.MoveToOuter(wide.to_type(Spec.Dtype).to_type(ScalarType.Float32));
    }
}
