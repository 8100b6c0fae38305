using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>down(gate function(gate(x)) * up(x)).</summary>
/// <remarks>Source: Shazeer 2020, SwiGLU and GEGLU.</remarks>
public sealed class GatedMlp : IFeedForward
{
    private readonly MergedColumnParallelLinear _gateUp;
    private readonly GatedActivation _activation;
    private readonly RowParallelLinear _down;

    /// <summary>Under the names `gate_proj`, `up_proj` and `down_proj`.</summary>
    public GatedMlp(LayerOps ops, string prefix, int hiddenSize, int intermediateSize, bool hasBias, Gate gate = Gate.Silu)
        : this(
            ops, prefix, hiddenSize, new LinearPart($"{prefix}.gate_proj", intermediateSize),
            new LinearPart($"{prefix}.up_proj", intermediateSize), $"{prefix}.down_proj", hasBias, gate)
    {
    }

    /// <summary>Under other names, or with gate and up in one tensor.</summary>
    public GatedMlp(
        LayerOps ops, string prefix, int hiddenSize, LinearPart gatePart, LinearPart upPart, string downName, bool hasBias,
        Gate gate = Gate.Silu)
    {
        _gateUp = ops.Merged($"{prefix}.gate_up_proj", hiddenSize, hasBias, gatePart, upPart);
        _activation = ops.Activation($"{prefix}.act_fn", gate);
        _down = ops.Row(downName, upPart.OutputSize, hiddenSize, hasBias);
    }

    /// <summary>With gate and up in one tensor, the gate's rows first.</summary>
    /// <param name="ops">Builds its ops.</param>
    /// <param name="prefix">Where in the model it sits.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="intermediateSize">Width of the part.</param>
    /// <param name="gateUpName">Checkpoint name of the tensor of both, without `.weight`.</param>
    /// <param name="downName">Of the projection back.</param>
    public static GatedMlp Stacked(
        LayerOps ops, string prefix, int hiddenSize, int intermediateSize, string gateUpName, string downName) => new(
        ops, prefix, hiddenSize,
        new LinearPart($"{gateUpName}.gate", intermediateSize) { Fused = new FusedRows(gateUpName, 0, 2 * intermediateSize) },
        new LinearPart($"{gateUpName}.up", intermediateSize)
        {
            Fused = new FusedRows(gateUpName, intermediateSize, 2 * intermediateSize),
        },
        downName, hasBias: false);

    /// <inheritdoc />
    public Tensor Forward(Tensor x, TokenRole role)
    {
        using var scope = NewDisposeScope();
        var gateUp = _gateUp.Forward(x, role); // [tokens, 2 * ffn of this rank]
        var gated = _activation.Forward(gateUp); // [tokens, ffn of this rank]
        return scope.MoveToOuter(_down.Forward(gated, role)); // [tokens, hidden]
    }
}
