using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>One pre-norm decoder layer. The residual stream is added to inside the norms.</summary>
public sealed class DecoderLayer(RmsNorm inputNorm, SelfAttention attention, RmsNorm middleNorm, IFeedForward mlp)
{
    /// <summary>Norms what attention adds, before it is added; null in most families.</summary>
    public RmsNorm? AttendedNorm { get; init; }

    /// <summary>Norms what the feed-forward part adds, before it is added; null in most families.</summary>
    public RmsNorm? AdditionNorm { get; init; }

    /// <summary>Carries the stream one layer on.</summary>
    /// <param name="stream">
    /// The last layer's addition, and what it is to be added to; null before the first layer.
    /// </param>
    /// <param name="positions">[tokens], int64.</param>
    /// <param name="cache">This layer's blocks.</param>
    /// <param name="rows">Where the rows stand in their sequences.</param>
    /// <returns>The stream after this layer; the caller disposes it.</returns>
    public ResidualStream Forward(ResidualStream stream, Tensor positions, PagedKv cache, StepRows rows)
    {
        using var scope = NewDisposeScope();
        var normed = inputNorm.Forward(stream.Addition, stream.Sum); // [tokens, hidden]
        var attended = Norm(AttendedNorm, attention.Forward(normed.Y, positions, cache, rows)); // [tokens, hidden]
        var middle = middleNorm.Forward(attended, normed.Residual ?? stream.Addition); // [tokens, hidden]
        var addition = Norm(AdditionNorm, mlp.Forward(middle.Y, rows.Role)); // [tokens, hidden]
        return new ResidualStream(scope.MoveToOuter(addition), scope.MoveToOuter(middle.Residual!));
    }

    private static Tensor Norm(RmsNorm? norm, Tensor x) => norm is null ? x : norm.Forward(x, null).Y;
}
