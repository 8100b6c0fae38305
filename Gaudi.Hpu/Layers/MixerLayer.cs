using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>A layer that is a norm and a mixer alone, as in a pure Mamba model.</summary>
public sealed class MixerLayer(RmsNorm norm, ISequenceMixer mixer) : IDecoderLayer
{
    /// <inheritdoc />
    public ResidualStream Forward(ResidualStream stream, Tensor positions, LayerMemory memory, StepRows rows)
    {
        using var scope = NewDisposeScope();
        var normed = norm.Forward(stream.Addition, stream.Sum); // [tokens, hidden]
        var addition = mixer.Forward(normed.Y, positions, memory, rows); // [tokens, hidden]
        // Before the first layer the addition is all there is, and becomes the sum.
        var sum = normed.Residual ?? stream.Addition.clone(); // [tokens, hidden]
        return new ResidualStream(scope.MoveToOuter(addition), scope.MoveToOuter(sum));
    }
}
