using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>One pre-norm decoder layer. The residual stream is added to inside the norms.</summary>
public sealed class DecoderLayer(RmsNorm inputNorm, ISequenceMixer mixer, RmsNorm middleNorm, IFeedForward mlp) : IDecoderLayer
{
    /// <summary>Norms what the mixer adds, before it is added; null in most families.</summary>
    public RmsNorm? MixedNorm { get; init; }

    /// <summary>Multiplies what both parts add; 1 in most families.</summary>
    public double AdditionFactor { get; init; } = 1;

    /// <summary>Norms what the feed-forward part adds, before it is added; null in most families.</summary>
    public RmsNorm? AdditionNorm { get; init; }

    /// <inheritdoc />
    public ResidualStream Forward(ResidualStream stream, Tensor positions, LayerMemory memory, StepRows rows)
    {
        using var scope = NewDisposeScope();
        var normed = inputNorm.Forward(stream.Addition, stream.Sum); // [tokens, hidden]
        var mixed = Leave(MixedNorm, mixer.Forward(normed.Y, positions, memory, rows)); // [tokens, hidden]
        var middle = middleNorm.Forward(mixed, normed.Residual ?? stream.Addition); // [tokens, hidden]
        var addition = Leave(AdditionNorm, mlp.Forward(middle.Y, rows.Role)); // [tokens, hidden]
        return new ResidualStream(scope.MoveToOuter(addition), scope.MoveToOuter(middle.Residual!));
    }

    // [tokens, hidden], as it is added to the stream.
    private Tensor Leave(RmsNorm? norm, Tensor x)
    {
        var normed = norm is null ? x : norm.Forward(x, null).Y;
        return AdditionFactor == 1 ? normed : normed.Times(AdditionFactor);
    }
}
