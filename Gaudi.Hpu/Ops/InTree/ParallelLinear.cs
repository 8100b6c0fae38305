using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What the parallel linear layers share: a weight, kept by a linear method, and a bias.</summary>
public abstract class ParallelLinear : CustomOp<LinearForward>, IWeighted
{
    private readonly LinearShare _share;
    private Tensor? _bias; // [outputs]

    /// <summary>Takes no memory for weights until they are loaded.</summary>
    private protected ParallelLinear(OpSpec spec, LinearSplit split) : base(spec)
    {
        Spec = (LinearSpec)spec;
        _share = new LinearShare(Spec.Lane, split, Spec.InputSize, Spec.Parts);
        Method = Spec.Method ?? new PlainLinearMethod(_share, Spec.Dtype, Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new LinearSpec Spec { get; }

    /// <summary>Keeps its weight.</summary>
    internal ILinearMethod Method { get; }

    /// <summary>What the ranks divide.</summary>
    internal LinearSplit Split => _share.Split;

    /// <summary>Adds adapters' products; null where no adapter may. Not disposed here.</summary>
    internal LinearWithLora? Lora { get; set; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices =>
        [.. Method.Slices, .. Spec.HasBias ? Spec.Parts.Select(_share.Bias) : []];

    /// <inheritdoc />
    public long WeightBytes =>
        Method.WeightBytes + (Spec.HasBias ? (long)_share.OutputCount * Spec.Dtype.ElementSize() : 0);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        var weightCount = Method.Slices.Length;
        if (slice < weightCount)
        {
            Method.Load(slice, values);
            return;
        }
        _bias ??= zeros([_share.OutputCount], Spec.Dtype, Spec.Device).DetachFromDisposeScope();
        using var room = _bias.narrow(0, _share.FirstOutput(slice - weightCount), values.shape[0]); // [part's outputs]
        room.copy_(values);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Method.Dispose();
        _bias?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>x W^T over this rank's inputs, in float32, without bias: [tokens, outputs].</summary>
    protected Tensor Product(Tensor x, TokenRole role)
    {
        Invariant.That(
            x.shape.Length == 2 && x.shape[1] == _share.InputCount,
            $"{Spec.Prefix}: [tokens, {_share.InputCount}], not [{string.Join(", ", x.shape)}]");
        return Method.Product(x, role);
    }

    /// <summary>Adds adapters' products and the bias in float32 and rounds once; disposes the product.</summary>
    /// <param name="product">[tokens, outputs of this rank], over all inputs.</param>
    /// <param name="x">[tokens, inputs of this rank].</param>
    protected Tensor Finish(Tensor product, Tensor x)
    {
        if (Lora is { HasRows: true })
            Lora.Forward(product, x);
        if (_bias is not null)
            product.Accumulate(_bias);
        if (Spec.Dtype == ScalarType.Float32)
            return product;
        using (product)
            return product.to_type(Spec.Dtype);
    }
}
