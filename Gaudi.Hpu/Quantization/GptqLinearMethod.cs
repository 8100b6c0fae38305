using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A GPTQ weight: `qweight` [inputs / 8, outputs], packed along the inputs; `qzeros` [groups, outputs / 8]; `scales`
/// [groups, outputs]; `g_idx` [inputs], the group of each input.
/// </summary>
/// <remarks>Source: Frantar and others 2022; vllm-gaudi, `hpu_gptq` (as of 2026-08).</remarks>
[OpName("GPTQLinearMethod", "gptq_linear_method")]
public class GptqLinearMethod(OpSpec spec) : FourBitLinearMethod(spec)
{
    private int[]? _groups; // Of the first part.

    private protected override IEnumerable<WeightSlice> SlicesOf(LinearPart part)
    {
        var groups = Share.InputSize / Spec.GroupSize;
        var keepsAll = Spec.HasOrder || groups == 1;
        yield return Share.Grid(part, "qweight", Share.InputSize / Nibbles.PerWord, 1, isOutputFirst: false);
        yield return Share.Grid(part, "scales", groups, 1, isOutputFirst: false, keepsAll);
        yield return Share.Grid(part, "qzeros", groups, Nibbles.PerWord, isOutputFirst: false, keepsAll);
        if (!Spec.HasGroupIndex)
            yield break;
        var name = $"{part.Tensor}.g_idx";
        yield return Share.Split == LinearSplit.Inputs
            ? WeightSlice.Share(name, [Share.InputSize], 0, Share.Lane.Rank, Share.Lane.WorldSize)
            : WeightSlice.Whole(name, Share.InputSize);
    }

    private protected override Tensor Codes(Tensor stored)
    {
        var columns = stored.t(); // [outputs, inputs / 8]
        return Nibbles.Unpack(columns, Nibbles.InOrder);
    }

    // The older format stores a zero less one, and 15 stands for 0.
    private protected override Tensor Zeros(Tensor stored) =>
        Nibbles.Unpack(stored, Nibbles.InOrder, Spec.ZeroOffset).t();

    private protected override Tensor Scales(Tensor stored) => stored.t();

    private protected override unsafe void LoadGroups(int part, Tensor stored)
    {
        var words = stored.to_type(ScalarType.Int32).contiguous(); // [inputs]
        var groups = new ReadOnlySpan<int>(TensorMemory.Pointer(words), (int)words.numel()).ToArray();
        var name = $"{Share.Parts[part].Name}.g_idx";
        if (!Spec.HasOrder)
        {
            CheckOrder(name, groups);
            return;
        }
        var groupCount = Weight.GroupCount;
        if (groups.Any(group => group < 0 || group >= groupCount))
            throw new QuantizationException(
                $"{name}: expected groups 0 to {groupCount - 1}, came {groups.First(group => group < 0 || group >= groupCount)}");
        if (_groups is not null && !groups.AsSpan().SequenceEqual(_groups))
            throw new QuantizationException(
                $"{name}: expected the groups of {Share.Parts[0].Name}, whose product it shares, came others; "
                + "layers that read the same inputs must be quantized in the same order");
        _groups = groups;
        Weight.SetGroups(groups);
    }

    private void CheckOrder(string name, int[] groups)
    {
        var first = Share.Split == LinearSplit.Inputs ? Share.Lane.Rank * Share.InputCount : 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var expected = (first + i) / Spec.GroupSize;
            if (groups[i] != expected)
                throw new QuantizationException(
                    $"{name}: expected group {expected} for input {first + i}, as desc_act is false, came {groups[i]}");
        }
    }
}
