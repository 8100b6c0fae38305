using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A layer of experts.</summary>
/// <param name="x">[tokens, hidden]. Not changed.</param>
/// <param name="routed">[tokens, k] each, the same on every rank. Not changed.</param>
/// <param name="role">Of every row; a row's bits may depend on it and on the row's own values alone.</param>
/// <returns>[tokens, hidden] in x's type, the same on every rank; the caller disposes it.</returns>
public delegate Tensor FusedMoeForward(Tensor x, RoutedTokens routed, TokenRole role);
