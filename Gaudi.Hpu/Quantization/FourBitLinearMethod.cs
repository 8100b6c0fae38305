using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// What the schemes of 4-bit codes in groups share. The native product widens the whole weight to float32 and multiplies
/// plainly; (code - zero) * scale is rounded at most once, so a product that widens as it goes has the same bits.
/// </summary>
public abstract class FourBitLinearMethod : CustomOp<ProductForward>, ILinearMethod
{
    private readonly int[] _boundaries;

    /// <summary>Takes no memory for the weight until it is loaded.</summary>
    private protected FourBitLinearMethod(OpSpec spec) : base(spec)
    {
        Spec = (GroupedSpec)spec;
        _boundaries = Spec.Share.Boundaries;
        Weight = new FourBitWeight(
            Spec.Share.OutputCount, Spec.Share.InputCount, GroupsKept(Spec), Spec.GroupSize, Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new GroupedSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => [.. Spec.Share.Parts.SelectMany(SlicesOf)];

    /// <inheritdoc />
    public long WeightBytes => Weight.Bytes;

    /// <inheritdoc />
    /// <remarks>Natively the widened weight, as read and as packed.</remarks>
    public virtual long ScratchBytes(int rowCount) =>
        ((long)Weight.OutputCount * Weight.InputCount * sizeof(float))
        + PackedMatrix.BytesOf(Weight.OutputCount, Weight.InputCount, ScalarType.Float32);

    /// <summary>Codes, zeros and scales.</summary>
    internal FourBitWeight Weight { get; }

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
    public Tensor Product(Tensor x, TokenRole role) => Forward(x, role);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        var (part, kind) = Math.DivRem(slice, Slices.Length / Spec.Share.Parts.Length);
        var firstOutput = Spec.Share.FirstOutput(part);
        using var scope = NewDisposeScope();
        switch (kind)
        {
            case 0:
                Weight.FillCodes(firstOutput, Codes(values));
                if (Spec.FixedZero is { } zero)
                    Weight.FillZeros(firstOutput, FixedZeros(part, zero));
                break;
            case 1: Weight.FillScales(firstOutput, Scales(values)); break;
            case 2: Weight.FillZeros(firstOutput, Zeros(values)); break;
            default: LoadGroups(part, values); break;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The whole weight in float32, one value after another: [outputs, inputs]; the caller disposes it.</summary>
    internal unsafe Tensor Dequantized()
    {
        var wide = empty([Weight.OutputCount, Weight.InputCount], ScalarType.Float32, Spec.Device); // [outputs, inputs]
        var to = (float*)TensorMemory.Pointer(wide);
        for (var output = 0; output < Weight.OutputCount; output++)
        {
            var (panel, lane) = Math.DivRem(output, FourBitWeight.PanelOutputs);
            var shift = lane < FourBitWeight.CodeBytes ? 0 : 4;
            for (var k = 0; k < Weight.InputCount; k++)
            {
                var code = (Weight.Codes(panel)[(k * (long)FourBitWeight.CodeBytes) + (lane % FourBitWeight.CodeBytes)] >> shift) & 15;
                var at = (Weight.Groups[k] * (long)FourBitWeight.PanelOutputs) + lane;
                *to++ = (code - Weight.Zeros(panel)[at]) * Weight.Scales(panel)[at];
            }
        }
        return wide;
    }

    private Tensor FixedZeros(int part, int zero)
    {
        Scalar value = zero; // Named: see TensorSums.
        return full([Spec.Share.OutputsOf(Spec.Share.Parts[part]), Weight.GroupCount], value, ScalarType.Float32);
    }

    /// <summary>This rank's slices of one part: codes, scales, and zeros and groups where the checkpoint says them.</summary>
    private protected abstract IEnumerable<WeightSlice> SlicesOf(LinearPart part);

    /// <summary>Stored codes as [outputs, inputs], 0 to 15.</summary>
    private protected abstract Tensor Codes(Tensor stored);

    /// <summary>Stored zeros as [outputs, groups].</summary>
    private protected abstract Tensor Zeros(Tensor stored);

    /// <summary>Stored scales as [outputs, groups].</summary>
    private protected abstract Tensor Scales(Tensor stored);

    /// <summary>Takes the stored groups of one part's inputs.</summary>
    private protected virtual void LoadGroups(int part, Tensor stored) =>
        throw new InvariantBrokenException($"{Spec.Prefix}: this scheme stores no groups");

    private static int GroupsKept(GroupedSpec spec)
    {
        var all = spec.Share.InputSize / spec.GroupSize;
        var isDivided = spec.Share.Split == LinearSplit.Inputs && !spec.HasOrder && all > 1;
        return isDivided ? spec.Share.Lane.Share(all) : all;
    }
}
