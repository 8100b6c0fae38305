using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>An activation of every value by itself.</summary>
/// <param name="x">Any shape. Not changed.</param>
/// <returns>x's shape and type; the caller disposes it.</returns>
public delegate Tensor ElementwiseForward(Tensor x);
