using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// An AWQ weight: `qweight` [inputs, outputs / 8] and `qzeros` [groups, outputs / 8], packed along the outputs with
/// interleaved nibbles; `scales` [groups, outputs].
/// </summary>
/// <remarks>Source: Lin and others 2023; vllm-gaudi, `hpu_awq` (as of 2026-08).</remarks>
[OpName("AWQLinearMethod", "awq_linear_method")]
public class AwqLinearMethod(OpSpec spec) : FourBitLinearMethod(spec)
{
    private protected override IEnumerable<WeightSlice> SlicesOf(LinearPart part)
    {
        var groups = Share.InputSize / Spec.GroupSize;
        yield return Share.Grid(part, "qweight", Share.InputSize, Nibbles.PerWord, isOutputFirst: false);
        yield return Share.Grid(part, "scales", groups, 1, isOutputFirst: false, hasAllInputs: groups == 1);
        yield return Share.Grid(part, "qzeros", groups, Nibbles.PerWord, isOutputFirst: false, hasAllInputs: groups == 1);
    }

    private protected override Tensor Codes(Tensor stored) => Nibbles.Unpack(stored, Nibbles.Interleaved).t();

    private protected override Tensor Zeros(Tensor stored) => Nibbles.Unpack(stored, Nibbles.Interleaved).t();

    private protected override Tensor Scales(Tensor stored) => stored.t();
}
