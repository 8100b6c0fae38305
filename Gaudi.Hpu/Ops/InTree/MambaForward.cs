using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Convolution and state space scan of this rank's heads; no communication.</summary>
/// <param name="states">[tokens, x | B | C of this rank], before the convolution. Not changed.</param>
/// <param name="dt">[tokens, heads of this rank], before bias and softplus. Not changed.</param>
/// <param name="state">This layer's slots; those of the rows are carried on.</param>
/// <param name="rows">Whose tokens the rows are.</param>
/// <returns>[tokens, heads * headDim] in the type of <paramref name="states"/>; the caller disposes it.</returns>
public delegate Tensor MambaForward(Tensor states, Tensor dt, MambaState state, MambaRows rows);
