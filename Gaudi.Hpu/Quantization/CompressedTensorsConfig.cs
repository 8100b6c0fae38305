using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>A compressed-tensors checkpoint's configuration.</summary>
/// <param name="Groups">In the file's order: the first that a layer matches holds.</param>
/// <param name="PlainLayers">`ignore`: names, or `re:` and an expression.</param>
public sealed record CompressedTensorsConfig(ImmutableArray<CompressedGroup> Groups, ImmutableArray<string> PlainLayers)
    : QuantizationConfig
{
    /// <inheritdoc />
    public override string Method => "compressed-tensors";

    /// <inheritdoc />
    public override bool UsesFloat8 => Groups.Any(group => group.Scheme == CompressedScheme.Fp8);

    /// <inheritdoc />
    public override bool Covers(string layer, Func<string, StoredTensor?> find) =>
        !PlainLayers.Any(name => Names(name, layer)) && GroupOf(layer) is not null;

    /// <inheritdoc />
    /// <remarks>`Linear` covers norms by their names, too: a plain float under `weight` is none of the codes.</remarks>
    public override bool IsCode(string tensorName, ScalarType dtype) => Ends(tensorName, ".weight_packed")
        || Ends(tensorName, ".weight_zero_point") || Ends(tensorName, ".weight_shape")
        || (Ends(tensorName, ".weight") && dtype is ScalarType.Int8 or E4m3.Dtype
            && SchemeOf(tensorName, ".weight") is CompressedScheme.Whole or CompressedScheme.Fp8)
        || (Ends(tensorName, ".weight_scale") && SchemeOf(tensorName, ".weight_scale") == CompressedScheme.Fp8)
        || Ends(tensorName, InputScale);

    /// <inheritdoc />
    /// <remarks>
    /// The shape of a packed weight is told by config.json. Scales of activations that are scaled as they come, or not at all, are of
    /// no use.
    /// </remarks>
    public override bool IsIgnored(string tensorName) => Ends(tensorName, ".weight_shape")
        || (Ends(tensorName, InputScale) && GroupOf(tensorName[..^InputScale.Length]) is not { HasStaticInputs: true });

    /// <inheritdoc />
    public override void CheckStored(IEnumerable<string> names, Func<string, StoredTensor?> find)
    {
        const string End = ".weight";
        foreach (var name in names.Where(name => Ends(name, End) && find(name) is { Dtype: E4m3.Dtype }))
        {
            var layer = name[..^End.Length];
            if (SchemeOf(name, End) == CompressedScheme.Fp8)
                Fp8LinearSpec.PartOf(layer, GroupOf(layer)!.BlockSize, GroupOf(layer)!.HasStaticInputs, find);
        }
    }

    /// <inheritdoc />
    public override IEnumerable<string> Problems(LinearShare share, Func<string, StoredTensor?> find)
    {
        var groups = share.Parts.Select(part => GroupOf(part.Tensor)).Distinct().ToArray();
        if (groups is not [{ } group])
            return [$"{share.Parts[0].Name}: expected one scheme for all weights of its product, came {groups.Length}"];
        return group.Scheme switch
        {
            CompressedScheme.PackedInt => FourBitGroups.Problems(
                share, FourBitGroups.Of(group.GroupSize, share), keepsAllGroups: false, hasPackedOutputs: !group.IsSymmetric),
            CompressedScheme.Whole => [],
            CompressedScheme.Fp8 => Fp8LinearSpec.Problems(share, group.BlockSize, group.HasStaticInputs, find),
            _ => [$"{share.Parts[0].Name}: the compressed format {group.Told} is not built; built are pack-quantized with 4 bits, "
                + "int-quantized with 8 bits and a scale for each channel, and float-quantized with 8 bits"],
        };
    }

    /// <inheritdoc />
    public override ILinearMethod Create(LinearBuild build)
    {
        var group = GroupOf(build.Share.Parts[0].Tensor)!;
        return group.Scheme switch
        {
            CompressedScheme.Whole => build.Table.Create<WholeLinearMethod>(
                new WholeSpec(build.Prefix, build.Dtype, build.Device, build.Share)),
            CompressedScheme.Fp8 => build.Table.Create<CompressedFp8LinearMethod>(
                Fp8LinearSpec.Of(build, group.BlockSize, group.HasStaticInputs)),
            _ => build.Table.Create<PackedIntLinearMethod>(
                GroupedSpec.Of(build, FourBitGroups.Of(group.GroupSize, build.Share)) with
                {
                    FixedZero = group.IsSymmetric ? PackedIntLinearMethod.Zero : null,
                }),
        };
    }

    /// <inheritdoc />
    public override FusedMoe CreateExperts(OpTable table, FusedMoeSpec spec, string layer) => GroupOf(layer)! switch
    {
        { Scheme: CompressedScheme.Fp8 } => table.Create<CompressedFp8FusedMoe>(spec),
        { Scheme: CompressedScheme.PackedInt, IsSymmetric: true } => table.Create<PackedIntFusedMoe>(spec),
        var other => throw new QuantizationException(
            $"{layer}: experts in the compressed format {other.Told} are not built; built are float-quantized, and pack-quantized with "
            + "4 bits and no zero points"),
    };

    private CompressedScheme? SchemeOf(string tensorName, string end)
    {
        var layer = tensorName[..^end.Length];
        return Covers(layer, _ => null) ? GroupOf(layer)!.Scheme : null;
    }

    private CompressedGroup? GroupOf(string layer) =>
        Groups.FirstOrDefault(group => group.Targets.Any(target => target == "Linear" || Names(target, layer)));

    private const string InputScale = ".input_scale";

    private static bool Ends(string name, string end) => name.EndsWith(end, StringComparison.Ordinal);

    // A name stands for itself and for what ends with it as a whole part.
    private static bool Names(string pattern, string layer) => pattern.StartsWith("re:", StringComparison.Ordinal)
        ? Regex.IsMatch(layer, $"^(?:{pattern["re:".Length..]})", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
        : layer == pattern || Ends(layer, $".{pattern}");
}
