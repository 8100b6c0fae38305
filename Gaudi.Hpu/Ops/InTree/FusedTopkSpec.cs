using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a router without groups is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of the gate's outputs.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="ExpertCount">Experts over all ranks.</param>
/// <param name="TopK">Experts a token; at most ExpertCount.</param>
/// <param name="Scoring">What is made of the gate's outputs.</param>
/// <param name="Renormalise">Whether a token's weights are divided by their sum.</param>
/// <param name="ScalingFactor">Multiplies every weight at the end; 1 in most models.</param>
public sealed record FusedTopkSpec(
    string Prefix, ScalarType Dtype, Device Device, int ExpertCount, int TopK, RouterScoring Scoring, bool Renormalise,
    float ScalingFactor = 1)
    : RouterSpec(Prefix, Dtype, Device, ExpertCount, TopK, Scoring, Renormalise, ScalingFactor);
