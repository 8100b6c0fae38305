using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// What the schemes of 4-bit codes in groups share: (code - zero) * scale is rounded once at most. A part's slices are codes,
/// scales, and zeros and groups where the checkpoint says them.
/// </summary>
public abstract class FourBitLinearMethod : WidenedLinearMethod
{
    /// <summary>Takes no memory for the weight until it is loaded.</summary>
    private protected FourBitLinearMethod(OpSpec spec) : base(spec, ((GroupedSpec)spec).Share)
    {
        Spec = (GroupedSpec)spec;
        Weight = new FourBitWeight(Share.OutputCount, Share.InputCount, GroupsKept(Spec), Spec.GroupSize, Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new GroupedSpec Spec { get; }

    /// <inheritdoc />
    public override long WeightBytes => Weight.Bytes;

    /// <summary>Codes, zeros and scales.</summary>
    internal FourBitWeight Weight { get; }

    /// <inheritdoc />
    public override void Dispose()
    {
        Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public override unsafe Tensor Widened()
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

    private protected override void Load(int part, int kind, Tensor values)
    {
        var firstOutput = Share.FirstOutput(part);
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

    private Tensor FixedZeros(int part, int zero)
    {
        Scalar value = zero; // Named: see TensorSums.
        return full([Share.OutputsOf(Share.Parts[part]), Weight.GroupCount], value, ScalarType.Float32);
    }

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
