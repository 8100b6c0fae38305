using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight as compressed-tensors packs it (WNA16 at 4 bits): `weight_packed` [outputs, inputs / 8], packed along the inputs;
/// `weight_scale` [outputs, groups]; `weight_zero_point` [outputs / 8, groups], packed along the outputs, where it is not
/// symmetric. Codes are 8 more than the whole numbers they stand for.
/// </summary>
/// <remarks>Source: vllm-project/compressed-tensors, `pack-quantized`; vllm-gaudi, `hpu_compressed_tensors` (as of 2026-08).</remarks>
[OpName("CompressedTensorsWNA16", "compressed_tensors_wna16")]
public class PackedIntLinearMethod(OpSpec spec) : FourBitLinearMethod(spec)
{
    /// <summary>The code of zero.</summary>
    internal const int Zero = 8;

    private protected override IEnumerable<WeightSlice> SlicesOf(LinearPart part)
    {
        var groups = Share.InputSize / Spec.GroupSize;
        yield return Share.Grid(part, "weight_packed", Share.InputSize / Nibbles.PerWord, 1, isOutputFirst: true);
        yield return Share.Grid(part, "weight_scale", groups, 1, isOutputFirst: true, hasAllInputs: groups == 1);
        if (Spec.FixedZero is null)
            yield return Share.Grid(part, "weight_zero_point", groups, Nibbles.PerWord, isOutputFirst: true, hasAllInputs: groups == 1);
    }

    private protected override Tensor Codes(Tensor stored) => Nibbles.Unpack(stored, Nibbles.InOrder);

    private protected override Tensor Zeros(Tensor stored) => Nibbles.Unpack(stored.t(), Nibbles.InOrder).t();

    private protected override Tensor Scales(Tensor stored) => stored;
}
