using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a layer of experts is built from.</summary>
/// <param name="Prefix">Checkpoint prefix of the block whose `experts` these are.</param>
/// <param name="Dtype">Of activations and weights.</param>
/// <param name="Device">Where its weights live.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="ExpertCount">Experts over all ranks.</param>
/// <param name="TopK">Experts a token.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="IntermediateSize">Of one expert, over all ranks.</param>
/// <param name="Activation">Between the two products.</param>
/// <param name="HasBias">Whether gate, up and down projections have one each.</param>
/// <param name="IsExpertParallel">
/// True: each rank owns ExpertCount / worldSize neighbouring experts whole. False: each owns its share of every expert's
/// intermediate size.
/// </param>
/// <param name="Layout">How the checkpoint names the weights and lays them out.</param>
public sealed record FusedMoeSpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, int ExpertCount, int TopK, int HiddenSize,
    int IntermediateSize, MoeActivation Activation, bool HasBias, bool IsExpertParallel, ExpertLayout Layout)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>
    /// How many experts a plugin serves in one pass over the choices; null serves all in one. Partial sums go on from
    /// pass to pass, so no bit depends on it.
    /// </summary>
    public int? ExpertsPerSlice { get; init; }

    /// <summary>
    /// Up to how many tokens a plugin may visit the chosen experts alone instead of all; 0 never. No bit depends on it.
    /// </summary>
    public int GatherTokensMax { get; init; } = 16;

    /// <summary>Chooses how each expert keeps its weights; null where all do plainly.</summary>
    public ILinearMethodChoice? Methods { get; init; }

    /// <summary>Where the ops of <see cref="Methods"/> are looked up; null without them.</summary>
    public OpTable? Table { get; init; }

    /// <summary>The first expert of this rank.</summary>
    public int FirstExpert => IsExpertParallel ? Lane.Rank * OwnExpertCount : 0;

    /// <summary>Experts of this rank.</summary>
    public int OwnExpertCount => IsExpertParallel ? Lane.Share(ExpertCount) : ExpertCount;

    /// <summary>Intermediate size of this rank's part of an expert.</summary>
    public int OwnIntermediateSize => IsExpertParallel ? IntermediateSize : Lane.Share(IntermediateSize);

    /// <summary>Whether this rank has weights of an expert.</summary>
    public bool Owns(int expert) => expert >= FirstExpert && expert < FirstExpert + OwnExpertCount;
}
