using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a parallel linear layer is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of activations and weights.</param>
/// <param name="Device">Where its weights live.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="InputSize">Inputs over all ranks.</param>
/// <param name="Parts">
/// The stacked checkpoint weights, in the order of the outputs; a row-parallel layer has one.
/// </param>
/// <param name="HasBias">Whether each part has a bias.</param>
public sealed record LinearSpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, int InputSize, ImmutableArray<LinearPart> Parts,
    bool HasBias)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>Keeps the weight, and belongs to the layer; null for a plain one.</summary>
    public ILinearMethod? Method { get; init; }
}
