using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What every router is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of the gate's outputs.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="ExpertCount">Experts over all ranks.</param>
/// <param name="TopK">Experts a token; at most ExpertCount.</param>
/// <param name="Scoring">What is made of the gate's outputs.</param>
/// <param name="Renormalise">Whether a token's weights are divided by their sum.</param>
/// <param name="ScalingFactor">Multiplies every weight at the end; 1 in most models.</param>
public abstract record RouterSpec(
    string Prefix, ScalarType Dtype, Device Device, int ExpertCount, int TopK, RouterScoring Scoring, bool Renormalise,
    float ScalingFactor)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>
    /// The checkpoint tensor [experts] that is added to the scores where experts are chosen, never to the weights; null
    /// where the model has none. Kept in float32.
    /// </summary>
    public WeightSlice? CorrectionBias { get; init; }
}
