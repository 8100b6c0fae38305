using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>down(gate function(gate(x)) * up(x)).</summary>
/// <remarks>Source: Shazeer 2020, SwiGLU and GEGLU.</remarks>
public sealed class GatedMlp(
    LayerOps ops, string prefix, int hiddenSize, int intermediateSize, bool hasBias, Gate gate = Gate.Silu) : IFeedForward
{
    private readonly MergedColumnParallelLinear _gateUp = ops.Merged(
        $"{prefix}.gate_up_proj", hiddenSize, hasBias,
        new LinearPart($"{prefix}.gate_proj", intermediateSize), new LinearPart($"{prefix}.up_proj", intermediateSize));

    private readonly GatedActivation _activation = ops.Activation($"{prefix}.act_fn", gate);

    private readonly RowParallelLinear _down = ops.Row($"{prefix}.down_proj", intermediateSize, hiddenSize, hasBias);

    /// <inheritdoc />
    public Tensor Forward(Tensor x, TokenRole role)
    {
        using var scope = NewDisposeScope();
        var gateUp = _gateUp.Forward(x, role); // [tokens, 2 * ffn of this rank]
        var gated = _activation.Forward(gateUp); // [tokens, ffn of this rank]
        return scope.MoveToOuter(_down.Forward(gated, role)); // [tokens, hidden]
    }
}
