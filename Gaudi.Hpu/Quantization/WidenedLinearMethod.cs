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
    protected override ProductForward ForwardNative => (x, _) =>
    {
        using var weight = new PackedMatrix(Share.OutputCount, Share.InputCount, ScalarType.Float32, x.device);
        using (var wide = Dequantized())
            weight.Fill(0, wide);
        return PackedProduct.Of(x, weight, _boundaries);
    };

    /// <inheritdoc />
    /// <remarks>Natively the widened weight, as read and as packed.</remarks>
    public virtual long ScratchBytes(int rowCount) =>
        ((long)Share.OutputCount * Share.InputCount * sizeof(float))
        + PackedMatrix.BytesOf(Share.OutputCount, Share.InputCount, ScalarType.Float32);

    /// <inheritdoc />
    public Tensor Product(Tensor x, TokenRole role) => Forward(x, role);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        var (part, kind) = Math.DivRem(slice, Slices.Length / Share.Parts.Length);
        using var scope = NewDisposeScope();
        Load(part, kind, values);
    }

    /// <inheritdoc />
    public abstract void Dispose();

    /// <summary>The whole weight in float32, one value after another: [outputs, inputs]; the caller disposes it.</summary>
    internal abstract Tensor Dequantized();

    /// <summary>This rank's slices of one part, as many of each part.</summary>
    private protected abstract IEnumerable<WeightSlice> SlicesOf(LinearPart part);

    /// <summary>Takes one slice.</summary>
    /// <param name="part">Whose it is.</param>
    /// <param name="kind">Its place among <see cref="SlicesOf"/>.</param>
    /// <param name="values">As stored.</param>
    private protected abstract void Load(int part, int kind, Tensor values);
}
