using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>A GPTQ checkpoint's configuration.</summary>
/// <param name="GroupSize">Inputs of a group; -1 is all.</param>
/// <param name="HasOrder">`desc_act`: inputs were quantized in the order of their weight, so a group's lie anywhere.</param>
/// <param name="ZeroOffset">What is added to stored zeros: 1 in the older format, 0 in `gptq_v2`.</param>
public sealed record GptqConfig(int GroupSize, bool HasOrder, int ZeroOffset) : QuantizationConfig
{
    /// <inheritdoc />
    public override string Method => "gptq";

    /// <inheritdoc />
    public override bool Covers(string layer, Func<string, StoredTensor?> find) =>
        find($"{layer}.qweight") is not null || find($"{layer}.weight") is null;

    /// <inheritdoc />
    public override bool IsCode(string tensorName, ScalarType dtype) =>
        tensorName.EndsWith(".qweight", StringComparison.Ordinal) || tensorName.EndsWith(".qzeros", StringComparison.Ordinal)
        || tensorName.EndsWith(".g_idx", StringComparison.Ordinal);

    /// <inheritdoc />
    /// <remarks>AutoGPTQ writes zeros as the bias of layers that have none.</remarks>
    public override bool IsIgnored(string tensorName) => tensorName.EndsWith(".bias", StringComparison.Ordinal);

    /// <inheritdoc />
    public override IEnumerable<string> Problems(LinearShare share, Func<string, StoredTensor?> find) =>
        FourBitGroups.Problems(share, FourBitGroups.Of(GroupSize, share), keepsAllGroups: HasOrder);

    /// <inheritdoc />
    public override ILinearMethod Create(LinearBuild build) =>
        build.Table.Create<GptqLinearMethod>(GroupedSpec.Of(build, FourBitGroups.Of(GroupSize, build.Share)) with
        {
            HasOrder = HasOrder,
            HasGroupIndex = build.Share.Parts.All(part => build.Find($"{part.Tensor}.g_idx") is not null),
            ZeroOffset = ZeroOffset,
        });
}
