using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A three-dimensional convolution without bias whose stride is its kernel. Every patch is seen once, so it is a product
/// of the flattened patch, rounded first to the weight's type, with the flattened kernel, summed in float32 by the order
/// of all linear layers. Every rank holds it whole.
/// </summary>
/// <remarks>Source: Dosovitskiy et al. 2021, equation 1; Wang et al. 2024 (Qwen2-VL), section 2.1 for the two frames.</remarks>
[OpName("Conv3dLayer", "conv3d")]
public unsafe class PatchEmbedding : CustomOp<PatchEmbeddingForward>, IWeighted
{
    private readonly PackedMatrix _weight; // [outputs, channels * frames * rows * columns]
    private readonly int[] _boundaries;

    /// <summary>Takes a <see cref="PatchEmbeddingSpec"/>, and no memory until the weight is loaded.</summary>
    public PatchEmbedding(OpSpec spec) : base(spec)
    {
        Spec = (PatchEmbeddingSpec)spec;
        _weight = new PackedMatrix(Spec.OutputSize, Spec.InputSize, Spec.Dtype, Spec.Device);
        _boundaries = SummationShards.Boundaries(Spec.InputSize, part: 0, partCount: 1);
    }

    /// <summary>What it was built from.</summary>
    public new PatchEmbeddingSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices =>
    [
        WeightSlice.Whole(
            $"{Spec.Prefix}.weight", Spec.OutputSize, Spec.ChannelCount, Spec.FrameCount, Spec.PatchSizePixels,
            Spec.PatchSizePixels),
    ];

    /// <inheritdoc />
    public long WeightBytes => PackedMatrix.BytesOf(Spec.OutputSize, Spec.InputSize, Spec.Dtype);

    /// <inheritdoc />
    protected override PatchEmbeddingForward ForwardNative => patches =>
    {
        Invariant.That(
            patches.shape.Length == 2 && patches.shape[1] == Spec.InputSize,
            $"{Spec.Prefix}: [patches, {Spec.InputSize}], not [{string.Join(", ", patches.shape)}]");
        using var scope = NewDisposeScope();
        var x = patches.to_type(Spec.Dtype).to_type(ScalarType.Float32).contiguous(); // [patches, inputs]
        var y = empty([x.shape[0], Spec.OutputSize], ScalarType.Float32, x.device); // [patches, outputs]
        MatrixProduct.Multiply(
            (float*)TensorMemory.Pointer(x), (int)x.shape[0], _weight, _boundaries, (float*)TensorMemory.Pointer(y));
        return scope.MoveToOuter(y.to_type(Spec.Dtype));
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        using var rows = values.reshape(values.shape[0], -1); // [outputs, inputs]
        _weight.Fill(0, rows);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _weight.Dispose();
        GC.SuppressFinalize(this);
    }
}
