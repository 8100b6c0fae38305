using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>What a linear method of float8 weights is built from.</summary>
/// <param name="Prefix">Where in the model the layer sits.</param>
/// <param name="Dtype">Of the activations.</param>
/// <param name="Device">Where its weight lives.</param>
/// <param name="Share">What this rank has of the layer.</param>
/// <param name="Parts">By part of the share.</param>
/// <param name="Rules">How the card counts in float8.</param>
public sealed record Fp8LinearSpec(
    string Prefix, ScalarType Dtype, Device Device, LinearShare Share, ImmutableArray<Fp8Part> Parts, Fp8Rules Rules)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>Of a layer.</summary>
    /// <param name="build">What is built.</param>
    /// <param name="blockSize">Rows and columns of a block; empty where the configuration names none.</param>
    /// <param name="isStatic">Whether the scales of activations are stored.</param>
    /// <exception cref="QuantizationException">Scales are missing, or of another type or shape.</exception>
    internal static Fp8LinearSpec Of(LinearBuild build, ImmutableArray<int> blockSize, bool isStatic) => new(
        build.Prefix, build.Dtype, build.Device, build.Share,
        [.. build.Share.Parts.Select(part => PartOf(part.Tensor, blockSize, isStatic, build.Find))], build.Fp8);

    /// <summary>Why the scales of a layer cannot be used.</summary>
    internal static IEnumerable<string> Problems(
        LinearShare share, ImmutableArray<int> blockSize, bool isStatic, Func<string, StoredTensor?> find)
    {
        foreach (var part in share.Parts)
        {
            string? problem = null;
            try
            {
                PartOf(part.Tensor, blockSize, isStatic, find);
            }
            catch (QuantizationException error)
            {
                problem = error.Message;
            }
            if (problem is not null)
                yield return problem;
        }
    }

    /// <summary>What is stored beside the codes of one weight.</summary>
    /// <exception cref="QuantizationException">Scales are missing, or of another type or shape.</exception>
    internal static Fp8Part PartOf(
        string layer, ImmutableArray<int> blockSize, bool isStatic, Func<string, StoredTensor?> find)
    {
        var scale = Fp8StoredScale.Of(layer, blockSize, find);
        if (!isStatic)
            return new Fp8Part(scale, null);
        var input = find($"{layer}.input_scale");
        if (input is null || input.Shape.Any(size => size != 1))
            throw new QuantizationException(
                $"tensor '{layer}.input_scale': expected one scale, as activations are scaled statically, came "
                + (input is null ? "none" : $"[{string.Join(", ", input.Shape)}]"));
        return new Fp8Part(scale, input.Shape);
    }
}
