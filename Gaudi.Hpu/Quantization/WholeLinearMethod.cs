using System.Collections.Immutable;
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
public class WholeLinearMethod : CustomOp<ProductForward>, ILinearMethod
{
    private readonly int[] _boundaries;

    /// <summary>Takes no memory for the weight until it is loaded.</summary>
    public WholeLinearMethod(OpSpec spec) : base(spec)
    {
        Spec = (WholeSpec)spec;
        _boundaries = Spec.Share.Boundaries;
        Weight = new WholeWeight(Spec.Share.OutputCount, Spec.Share.InputCount, Spec.Dtype, Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new WholeSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => [.. Spec.Share.Parts.SelectMany(part => new[]
    {
        Spec.Share.Grid(part, "weight", Spec.Share.InputSize, 1, isOutputFirst: true),
        Spec.Share.Grid(part, "weight_scale", 1, 1, isOutputFirst: true, hasAllInputs: true),
    })];

    /// <inheritdoc />
    public long WeightBytes => Weight.Bytes;

    /// <summary>Numbers and scales.</summary>
    internal WholeWeight Weight { get; }

    /// <summary>Where the shards of the inputs begin and end.</summary>
    private protected ReadOnlySpan<int> Boundaries => _boundaries;

    /// <inheritdoc />
    protected override ProductForward ForwardNative => (x, _) =>
    {
        using var weight = new PackedMatrix(Weight.OutputCount, Weight.InputCount, ScalarType.Float32, x.device);
        using (var wide = Dequantized())
            weight.Fill(0, wide);
        return PackedProduct.Of(x, weight, _boundaries);
    };

    /// <inheritdoc />
    /// <remarks>Natively the widened weight, as read and as packed.</remarks>
    public virtual long ScratchBytes(int rowCount) =>
        ((long)Weight.OutputCount * Weight.InputCount * sizeof(float))
        + PackedMatrix.BytesOf(Weight.OutputCount, Weight.InputCount, ScalarType.Float32);

    /// <inheritdoc />
    public Tensor Product(Tensor x, TokenRole role) => Forward(x, role);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        var firstOutput = Spec.Share.FirstOutput(slice / 2);
        if (slice % 2 == 0)
            Weight.FillNumbers(firstOutput, values);
        else
            Weight.FillScales(firstOutput, values);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The whole weight, one value after another, with the precision of the activations: [outputs, inputs]; the caller
    /// disposes it.</summary>
    internal unsafe Tensor Dequantized()
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
