using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A linear layer: y = x W^T + b.</summary>
/// <param name="x">[tokens, inputs of this rank]. Not changed.</param>
/// <param name="role">
/// Of every row. It alone may choose the kernel, and a row's bits may depend on its own values alone: the in-tree
/// layers have one kernel for both roles.
/// </param>
/// <returns>[tokens, outputs of this rank] in x's type; the caller disposes it.</returns>
public delegate Tensor LinearForward(Tensor x, TokenRole role);
