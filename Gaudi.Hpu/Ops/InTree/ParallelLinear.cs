using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What the parallel linear layers share: a packed weight, a bias, and the product in float32.</summary>
public abstract class ParallelLinear : CustomOp<LinearForward>, IWeighted
{
    private readonly PackedMatrix _weight; // [outputs, inputs]
    private Tensor? _bias; // [outputs]
    private readonly int[] _boundaries;

    /// <summary>Takes no memory for weights until they are loaded.</summary>
    private protected ParallelLinear(OpSpec spec, int outputCount, int inputCount, int[] boundaries) : base(spec)
    {
        Spec = (LinearSpec)spec;
        _weight = new PackedMatrix(outputCount, inputCount, Spec.Dtype, Spec.Device);
        _boundaries = boundaries;
    }

    /// <summary>What it was built from.</summary>
    public new LinearSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices =>
    [
        .. Spec.Parts.Select(part => part.Placed(WeightOf(part), "weight")),
        .. Spec.HasBias ? Spec.Parts.Select(part => part.Placed(BiasOf(part), "bias")) : [],
    ];

    /// <inheritdoc />
    public long WeightBytes =>
        PackedMatrix.BytesOf(_weight.OutputCount, _weight.InputCount, Spec.Dtype)
        + (Spec.HasBias ? (long)_weight.OutputCount * Spec.Dtype.ElementSize() : 0);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        var part = slice % Spec.Parts.Length;
        var firstOutput = (int)Spec.Parts.Take(part).Sum(one => BiasOf(one).Length);
        if (slice < Spec.Parts.Length)
        {
            _weight.Fill(firstOutput, values);
            return;
        }
        _bias ??= zeros([_weight.OutputCount], Spec.Dtype, Spec.Device).DetachFromDisposeScope();
        using var room = _bias.narrow(0, firstOutput, values.shape[0]); // [part's outputs]
        room.copy_(values);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _weight.Dispose();
        _bias?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>This rank's slice of a part's weight.</summary>
    private protected abstract WeightSlice WeightOf(LinearPart part);

    /// <summary>This rank's slice of a part's bias.</summary>
    private protected abstract WeightSlice BiasOf(LinearPart part);

    /// <summary>x W^T over this rank's inputs, in float32, without bias: [tokens, outputs].</summary>
    protected unsafe Tensor Product(Tensor x)
    {
        Invariant.That(
            x.shape.Length == 2 && x.shape[1] == _weight.InputCount,
            $"{Spec.Prefix}: [tokens, {_weight.InputCount}], not [{string.Join(", ", x.shape)}]");
        using var scope = NewDisposeScope();
        var rowCount = (int)x.shape[0];
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        var y = empty([rowCount, _weight.OutputCount], ScalarType.Float32, x.device); // [tokens, outputs]
        MatrixProduct.Multiply(
            (float*)TensorMemory.Pointer(wide), rowCount, _weight, _boundaries, (float*)TensorMemory.Pointer(y));
        return scope.MoveToOuter(y);
    }

    /// <summary>Adds the bias in float32 and rounds once; disposes the product.</summary>
    protected Tensor Finish(Tensor product)
    {
        if (_bias is not null)
            product.Accumulate(_bias);
        if (Spec.Dtype == ScalarType.Float32)
            return product;
        using (product)
            return product.to_type(Spec.Dtype);
    }
}
