using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A layer norm over the last dimension.</summary>
/// <param name="x">[..., hidden]. Not changed.</param>
/// <returns>x's shape and type; the caller disposes it.</returns>
public delegate Tensor LayerNormForward(Tensor x);
