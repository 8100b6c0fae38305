using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>Builds the mixtures of experts of one model on one rank.</summary>
/// <param name="config">With a mixture.</param>
/// <param name="ops">Builds the ops.</param>
internal sealed class Mixtures(ModelConfig config, LayerOps ops)
{
    private readonly MoeConfig _moe = config.Moe!;

    /// <summary>A gate's outputs become scores by a softmax or a sigmoid, over all experts or by groups, as config.json says.</summary>
    /// <param name="prefix">Of the block, such as `model.layers.0.mlp`.</param>
    /// <param name="biasName">The checkpoint's name of the correction bias, where there is one.</param>
    public TopkRouter Router(string prefix, string? biasName = null)
    {
        var scoring = _moe.ScoresBySigmoid ? RouterScoring.Sigmoid : RouterScoring.Softmax;
        var bias = _moe.HasCorrectionBias ? WeightSlice.Whole(biasName!, _moe.ExpertCount) : null;
        return _moe.Groups is { } groups
            ? ops.Router<GroupedTopk>(new GroupedTopkSpec(
                $"{prefix}.router", ops.Dtype, ops.Device, _moe.ExpertCount, _moe.ChosenCount, scoring, _moe.Renormalises,
                groups.Count, groups.ChosenCount, (float)_moe.ScalingFactor) { CorrectionBias = bias })
            : ops.Router<FusedTopkRouter>(new FusedTopkSpec(
                $"{prefix}.router", ops.Dtype, ops.Device, _moe.ExpertCount, _moe.ChosenCount, scoring, _moe.Renormalises,
                (float)_moe.ScalingFactor) { CorrectionBias = bias });
    }

    /// <summary>The experts with the largest outputs, weighed by a softmax over those alone.</summary>
    /// <param name="prefix">Of the block.</param>
    public TopkRouter RouterOfChosen(string prefix) => ops.Router<FusedTopkRouter>(new FusedTopkSpec(
        $"{prefix}.router", ops.Dtype, ops.Device, _moe.ExpertCount, _moe.ChosenCount, RouterScoring.SoftmaxOfChosen,
        Renormalise: false));

    /// <summary>A gate, [experts, hidden], which every rank has whole.</summary>
    public ReplicatedLinear Gate(string name, bool hasBias = false) =>
        ops.Replicated(name, config.HiddenSize, _moe.ExpertCount, hasBias);

    /// <summary>The experts.</summary>
    /// <param name="prefix">Of the block whose `experts` these are.</param>
    /// <param name="layout">How the checkpoint has them.</param>
    /// <param name="activation">Between an expert's two products.</param>
    /// <param name="hasBias">Whether their projections have biases.</param>
    public FusedMoe Experts(
        string prefix, ExpertLayout layout, MoeActivation activation = MoeActivation.Silu, bool hasBias = false) =>
        ops.Experts(new FusedMoeSpec(
            prefix, ops.Dtype, ops.Device, ops.Lane, _moe.ExpertCount, _moe.ChosenCount, config.HiddenSize, _moe.IntermediateSize,
            activation, hasBias, ops.IsExpertParallel, layout)
        {
            ExpertsPerSlice = ops.ExpertsPerSlice,
        });

    /// <summary>The expert that computes every token.</summary>
    public GatedMlp Shared(string prefix) =>
        new(ops, prefix, config.HiddenSize, _moe.SharedIntermediateSize, hasBias: false);

    /// <summary>The feed-forward part of a layer without a mixture.</summary>
    public GatedMlp Dense(string prefix) => new(ops, prefix, config.HiddenSize, config.IntermediateSize, hasBias: false);
}
