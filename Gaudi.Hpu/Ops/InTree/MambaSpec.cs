using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a state space op is built from.</summary>
/// <param name="Prefix">Checkpoint prefix of the layer, such as `model.layers.0.mamba`.</param>
/// <param name="Dtype">Of the activations; weights and state are float32.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="Sizes">Over all ranks.</param>
/// <param name="HasConvBias">Whether the convolution has a bias.</param>
public sealed record MambaSpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, MambaSizes Sizes, bool HasConvBias)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>Least time step, after the softplus. At least 0.</summary>
    public float TimeStepMin { get; init; }

    /// <summary>Largest time step, after the softplus.</summary>
    public float TimeStepMax { get; init; } = float.PositiveInfinity;
}
