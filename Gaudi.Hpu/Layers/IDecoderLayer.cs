using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>One layer of a decoder.</summary>
public interface IDecoderLayer
{
    /// <summary>Carries the stream one layer on.</summary>
    /// <param name="stream">The last layer's addition, and what it is to be added to; null before the first layer.</param>
    /// <param name="positions">[tokens], int64; [3, tokens] where a sequence of the pass has an image.</param>
    /// <param name="memory">This layer's.</param>
    /// <param name="rows">Where the rows stand in their sequences.</param>
    /// <returns>The stream after this layer; the caller disposes it.</returns>
    ResidualStream Forward(ResidualStream stream, Tensor positions, LayerMemory memory, StepRows rows);
}
