using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A gated activation.</summary>
/// <param name="x">[tokens, 2 * size]: gate values, then the values they act on. Not changed.</param>
/// <returns>[tokens, size]; the caller disposes it.</returns>
public delegate Tensor ActivationForward(Tensor x);
