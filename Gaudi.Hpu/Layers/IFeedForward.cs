using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>The part of a decoder layer that computes every row by itself.</summary>
public interface IFeedForward
{
    /// <summary>Computes every row.</summary>
    /// <param name="x">[tokens, hidden]. Not changed.</param>
    /// <param name="role">Of every row.</param>
    /// <returns>[tokens, hidden], the same on every rank; the caller disposes it.</returns>
    Tensor Forward(Tensor x, TokenRole role);
}
