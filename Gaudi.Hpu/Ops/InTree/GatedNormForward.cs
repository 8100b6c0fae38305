using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A norm of gated values.</summary>
/// <param name="x">[tokens, hidden of this rank]. Not changed.</param>
/// <param name="gate">x's shape. Not changed.</param>
/// <returns>x's shape and type; the caller disposes it.</returns>
public delegate Tensor GatedNormForward(Tensor x, Tensor gate);
