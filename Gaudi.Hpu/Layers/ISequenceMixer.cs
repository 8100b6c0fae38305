using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>The part of a decoder layer in which a row sees earlier positions of its sequence: attention, or a state.</summary>
public interface ISequenceMixer
{
    /// <summary>Computes every row, and keeps what later rows need.</summary>
    /// <param name="x">[tokens, hidden]. Not changed.</param>
    /// <param name="positions">[tokens], int64; [3, tokens] where a sequence of the pass has an image.</param>
    /// <param name="memory">This layer's; the rows' places are overwritten.</param>
    /// <param name="rows">Where the rows stand in their sequences.</param>
    /// <returns>[tokens, hidden], the same on every rank; the caller disposes it.</returns>
    Tensor Forward(Tensor x, Tensor positions, LayerMemory memory, StepRows rows);
}
