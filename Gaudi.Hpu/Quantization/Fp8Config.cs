using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>A checkpoint of `quant_method` fp8.</summary>
/// <param name="BlockSize">Rows and columns that share a scale; empty where config.json names no blocks.</param>
/// <param name="IsStatic">`activation_scheme` static: the scales of activations are stored.</param>
/// <param name="PlainLayers">Modules that are stored as in any other checkpoint; `*` stands for any text.</param>
/// <remarks>Source: huggingface/transformers, `FineGrainedFP8Config`; DeepSeek-V3's and AutoFP8's released files.</remarks>
public sealed record Fp8Config(ImmutableArray<int> BlockSize, bool IsStatic, ImmutableArray<string> PlainLayers)
    : QuantizationConfig
{
    /// <inheritdoc />
    public override string Method => "fp8";

    /// <inheritdoc />
    public override bool UsesFloat8 => true;

    /// <inheritdoc />
    /// <exception cref="QuantizationException">The weight is in float8, though the configuration leaves it plain.</exception>
    public override bool Covers(string layer, Func<string, StoredTensor?> find)
    {
        if (find($"{layer}.weight") is not { Dtype: E4m3.Dtype } codes)
            return false;
        if (PlainLayers.Any(plain => Names(plain, layer)))
            throw new QuantizationException(
                $"tensor '{layer}.weight': expected float32, bfloat16 or float16 values, as config.json's quantization_config leaves it "
                + $"plain, came F8_E4M3 [{string.Join(", ", codes.Shape)}]; check that config.json belongs to these weights");
        return true;
    }

    /// <inheritdoc />
    public override bool IsCode(string tensorName, ScalarType dtype) => dtype == E4m3.Dtype
        || tensorName.EndsWith(".weight_scale_inv", StringComparison.Ordinal)
        || tensorName.EndsWith(".weight_scale", StringComparison.Ordinal) || IsInputScale(tensorName);

    /// <inheritdoc />
    /// <remarks>Scales of activations may lie there of no use.</remarks>
    public override bool IsIgnored(string tensorName) => !IsStatic && IsInputScale(tensorName);

    /// <inheritdoc />
    public override void CheckStored(IEnumerable<string> names, Func<string, StoredTensor?> find)
    {
        const string End = ".weight";
        foreach (var name in names.Where(name => find(name) is { Dtype: E4m3.Dtype }))
        {
            if (!name.EndsWith(End, StringComparison.Ordinal))
                throw new QuantizationException($"tensor '{name}': expected float8 in a matrix `.weight` alone, came F8_E4M3");
            if (Covers(name[..^End.Length], find))
                Fp8LinearSpec.PartOf(name[..^End.Length], BlockSize, IsStatic, find);
        }
    }

    /// <inheritdoc />
    public override IEnumerable<string> Problems(LinearShare share, Func<string, StoredTensor?> find) =>
        Fp8LinearSpec.Problems(share, BlockSize, IsStatic, find);

    /// <inheritdoc />
    public override ILinearMethod Create(LinearBuild build) =>
        build.Table.Create<Fp8LinearMethod>(Fp8LinearSpec.Of(build, BlockSize, IsStatic));

    /// <inheritdoc />
    public override FusedMoe CreateExperts(OpTable table, FusedMoeSpec spec, string layer) => table.Create<Fp8FusedMoe>(spec);

    private static bool IsInputScale(string tensorName) => tensorName.EndsWith(".input_scale", StringComparison.Ordinal);

    // Checkpoints list hundreds of modules and have ten thousands of layers: an expression for each pair takes minutes.
    private static bool Names(string plain, string layer)
    {
        if (plain.Contains('*', StringComparison.Ordinal))
            return Regex.IsMatch(
                layer, $@"(^|\.){Regex.Escape(plain).Replace(@"\*", ".*", StringComparison.Ordinal)}(\.|$)",
                RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        for (var at = layer.IndexOf(plain, StringComparison.Ordinal); at >= 0; at = layer.IndexOf(plain, at + 1, StringComparison.Ordinal))
        {
            var end = at + plain.Length;
            if ((at == 0 || layer[at - 1] == '.') && (end == layer.Length || layer[end] == '.'))
                return true;
        }
        return false;
    }
}
