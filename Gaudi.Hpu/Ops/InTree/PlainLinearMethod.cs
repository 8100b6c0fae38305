using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A weight kept as float32 or bfloat16, whichever the model computes in.</summary>
internal sealed class PlainLinearMethod(LinearShare share, ScalarType dtype, Device device) : ILinearMethod
{
    private readonly PackedMatrix _weight = new(share.OutputCount, share.InputCount, dtype, device); // [outputs, inputs]
    private readonly int[] _boundaries = share.Boundaries;

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices { get; } =
        [.. share.Parts.Select(part => share.Grid(part, "weight", share.InputSize, 1, isOutputFirst: true))];

    /// <inheritdoc />
    public long WeightBytes => PackedMatrix.BytesOf(_weight.OutputCount, _weight.InputCount, dtype);

    /// <inheritdoc />
    public long ScratchBytes(int rowCount) => 0;

    /// <inheritdoc />
    public void Load(int slice, Tensor values) => _weight.Fill(share.FirstOutput(slice), values);

    /// <inheritdoc />
    public Tensor Product(Tensor x, TokenRole role) => PackedProduct.Of(x, _weight, _boundaries);

    /// <inheritdoc />
    public Tensor ShardProducts(Tensor x, TokenRole role) => PackedProduct.Apart(x, _weight, _boundaries);

    /// <inheritdoc />
    public unsafe Tensor Widened()
    {
        var wide = empty([_weight.OutputCount, _weight.InputCount], ScalarType.Float32, device); // [outputs, inputs]
        for (var output = 0; output < _weight.OutputCount; output++)
            _weight.CopyOutput(output, (float*)TensorMemory.Pointer(wide) + ((long)output * _weight.InputCount));
        return wide;
    }

    /// <inheritdoc />
    public void Dispose() => _weight.Dispose();
}
