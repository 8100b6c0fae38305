using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>What a linear method of 4-bit codes in groups of inputs is built from.</summary>
/// <param name="Prefix">Where in the model the layer sits.</param>
/// <param name="Dtype">Of the activations.</param>
/// <param name="Device">Where its weight lives.</param>
/// <param name="Share">What this rank has of the layer.</param>
/// <param name="GroupSize">Inputs of a group; divides the inputs over all ranks.</param>
public record GroupedSpec(string Prefix, ScalarType Dtype, Device Device, LinearShare Share, int GroupSize)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>Of a layer, without what its scheme adds.</summary>
    internal static GroupedSpec Of(LinearBuild build, int groupSize) =>
        new(build.Prefix, build.Dtype, build.Device, build.Share, groupSize);

    /// <summary>Whether the inputs of a group lie anywhere: a rank then keeps the zeros and scales of all groups.</summary>
    public bool HasOrder { get; init; }

    /// <summary>Whether the checkpoint says the group of each input.</summary>
    public bool HasGroupIndex { get; init; }

    /// <summary>The zero of every group where the checkpoint stores none; null where it does.</summary>
    public int? FixedZero { get; init; }

    /// <summary>What is added to a stored zero.</summary>
    public int ZeroOffset { get; init; }
}
