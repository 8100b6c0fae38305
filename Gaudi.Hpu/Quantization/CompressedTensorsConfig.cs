using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
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
    public override bool Covers(string layer, Func<string, bool> hasTensor) =>
        !PlainLayers.Any(name => Names(name, layer)) && GroupOf(layer) is not null;

    /// <inheritdoc />
    public override bool IsCode(string tensorName) => Ends(tensorName, ".weight_packed") || Ends(tensorName, ".weight_zero_point")
        || Ends(tensorName, ".weight_shape") || (Ends(tensorName, ".weight") && IsWhole(tensorName[..^".weight".Length]));

    /// <inheritdoc />
    /// <remarks>The shape of a packed weight is told by config.json.</remarks>
    public override bool IsIgnored(string tensorName) => Ends(tensorName, ".weight_shape");

    /// <inheritdoc />
    public override IEnumerable<string> Problems(LinearShare share)
    {
        var groups = share.Parts.Select(part => GroupOf(part.Tensor)).Distinct().ToArray();
        if (groups is not [{ } group])
            return [$"{share.Parts[0].Name}: expected one scheme for all weights of its product, came {groups.Length}"];
        return group.Scheme switch
        {
            CompressedScheme.PackedInt => FourBitGroups.Problems(
                share, FourBitGroups.Of(group.GroupSize, share), keepsAllGroups: false, hasPackedOutputs: !group.IsSymmetric),
            CompressedScheme.Whole => [],
            _ => [$"{share.Parts[0].Name}: the compressed format {group.Told} is not built; built are "
                + "pack-quantized with 4 bits, and int-quantized with 8 bits and a scale for each channel"],
        };
    }

    /// <inheritdoc />
    public override ILinearMethod Create(
        OpTable table, string prefix, ScalarType dtype, Device device, LinearShare share, Func<string, bool> hasTensor)
    {
        var group = GroupOf(share.Parts[0].Tensor)!;
        return group.Scheme == CompressedScheme.Whole
            ? table.Create<WholeLinearMethod>(new WholeSpec(prefix, dtype, device, share))
            : table.Create<PackedIntLinearMethod>(new GroupedSpec(prefix, dtype, device, share, FourBitGroups.Of(group.GroupSize, share))
            {
                FixedZero = group.IsSymmetric ? PackedIntLinearMethod.Zero : null,
            });
    }

    private bool IsWhole(string layer) =>
        Covers(layer, _ => true) && GroupOf(layer) is { Scheme: CompressedScheme.Whole };

    private CompressedGroup? GroupOf(string layer) =>
        Groups.FirstOrDefault(group => group.Targets.Any(target => target == "Linear" || Names(target, layer)));

    private static bool Ends(string name, string end) => name.EndsWith(end, StringComparison.Ordinal);

    // A name stands for itself and for what ends with it as a whole part.
    private static bool Names(string pattern, string layer) => pattern.StartsWith("re:", StringComparison.Ordinal)
        ? Regex.IsMatch(layer, $"^(?:{pattern["re:".Length..]})", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
        : layer == pattern || Ends(layer, $".{pattern}");
}
