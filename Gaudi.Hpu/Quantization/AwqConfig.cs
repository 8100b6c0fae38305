using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>An AWQ checkpoint's configuration.</summary>
/// <param name="GroupSize">Inputs of a group; -1 is all.</param>
/// <param name="PlainLayers">`modules_to_not_convert`: a layer whose name contains one is stored plainly.</param>
public sealed record AwqConfig(int GroupSize, ImmutableArray<string> PlainLayers) : QuantizationConfig
{
    /// <inheritdoc />
    public override string Method => "awq";

    /// <inheritdoc />
    public override bool Covers(string layer, Func<string, StoredTensor?> find) =>
        !PlainLayers.Any(plain => layer.Contains(plain, StringComparison.Ordinal))
        && (find($"{layer}.qweight") is not null || find($"{layer}.weight") is null);

    /// <inheritdoc />
    public override bool IsCode(string tensorName, ScalarType dtype) =>
        tensorName.EndsWith(".qweight", StringComparison.Ordinal) || tensorName.EndsWith(".qzeros", StringComparison.Ordinal);

    /// <inheritdoc />
    public override IEnumerable<string> Problems(LinearShare share, Func<string, StoredTensor?> find) =>
        FourBitGroups.Problems(share, FourBitGroups.Of(GroupSize, share), keepsAllGroups: false);

    /// <inheritdoc />
    public override ILinearMethod Create(LinearBuild build) =>
        build.Table.Create<AwqLinearMethod>(GroupedSpec.Of(build, FourBitGroups.Of(GroupSize, build.Share)));
}
