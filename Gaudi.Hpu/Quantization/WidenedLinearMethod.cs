using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// What the schemes share that multiply by a weight widened to float32. The native product widens the whole weight and
/// multiplies plainly; a widened value is always the same, so a product that widens as it goes has the same bits.
/// </summary>
public abstract class WidenedLinearMethod : CustomOp<ProductForward>, ILinearMethod
{
    private readonly int[] _boundaries;

    private protected WidenedLinearMethod(OpSpec spec, LinearShare share) : base(spec)
    {
        Share = share;
        _boundaries = share.Boundaries;
    }

    /// <summary>What this rank has of the layer.</summary>
    public LinearShare Share { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => [.. Share.Parts.SelectMany(SlicesOf)];

    /// <inheritdoc />
    public abstract long WeightBytes { get; }

    /// <summary>Where the shards of the inputs begin and end.</summary>
    private protected ReadOnlySpan<int> Boundaries => _boundaries;

    /// <inheritdoc />
    protected override ProductForward ForwardNative => (x, _, isApart) =>
    {
        using var weight = new PackedMatrix(Share.OutputCount, Share.InputCount, ScalarType.Float32, x.device);
        using (var wide = Widened())
            weight.Fill(0, wide);
        using var rows = Rows(x); // [tokens, inputs]
        return isApart ? PackedProduct.Apart(rows, weight, _boundaries) : PackedProduct.Of(rows, weight, _boundaries);
    };

    /// <inheritdoc />
    /// <remarks>Natively the widened weight, as read and as packed.</remarks>
    public virtual long ScratchBytes(int rowCount) =>
        ((long)Share.OutputCount * Share.InputCount * sizeof(float))
        + PackedMatrix.BytesOf(Share.OutputCount, Share.InputCount, ScalarType.Float32);

    /// <inheritdoc />
    public Tensor Product(Tensor x, TokenRole role) => Forward(x, role, isApart: false);

    /// <inheritdoc />
    public Tensor ShardProducts(Tensor x, TokenRole role) => Forward(x, role, isApart: true);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        var (part, kind) = Math.DivRem(slice, Slices.Length / Share.Parts.Length);
        using var scope = NewDisposeScope();
        Load(part, kind, values);
    }

    /// <inheritdoc />
    public abstract void Dispose();

    /// <inheritdoc />
    public abstract Tensor Widened();

    /// <summary>What is multiplied by the weight: activations as they are, or as a scheme rounds them.</summary>
    /// <param name="x">[tokens, inputs of this rank]. Not changed.</param>
    /// <returns>[tokens, inputs of this rank], float32; the caller disposes it.</returns>
    private protected virtual Tensor Rows(Tensor x) => x.to_type(ScalarType.Float32, copy: true);

    /// <summary>This rank's slices of one part, as many of each part.</summary>
    private protected abstract IEnumerable<WeightSlice> SlicesOf(LinearPart part);

    /// <summary>Takes one slice.</summary>
    /// <param name="part">Whose it is.</param>
    /// <param name="kind">Its place among <see cref="SlicesOf"/>.</param>
    /// <param name="values">As stored.</param>
    private protected abstract void Load(int part, int kind, Tensor values);
}
