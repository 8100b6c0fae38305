using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Layers;

/// <summary>Sizes of a Mamba-2 layer over all ranks.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="Sizes">Of the state space.</param>
/// <param name="HasBias">Whether the projections have a bias.</param>
/// <param name="HasConvBias">Whether the convolution has one.</param>
/// <param name="NormEpsilon">Of the gated norm; null where values are gated and not normed.</param>
public sealed record Mamba2Shape(
    int HiddenSize, MambaSizes Sizes, bool HasBias, bool HasConvBias, double? NormEpsilon)
{
    /// <summary>Least time step. From config.json `time_step_limit`.</summary>
    public float TimeStepMin { get; init; }

    /// <summary>Largest time step. From config.json `time_step_limit`.</summary>
    public float TimeStepMax { get; init; } = float.PositiveInfinity;
}
