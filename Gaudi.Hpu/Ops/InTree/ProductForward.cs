using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A linear layer's product with its weight: x W^T over this rank's inputs, before ranks add up and without bias.</summary>
/// <param name="x">[tokens, inputs of this rank]. Not changed.</param>
/// <param name="role">Of every row.</param>
/// <param name="isApart">Whether the sums of the shards stay apart, for what adds other things to them first.</param>
/// <returns>
/// [tokens, outputs of this rank], or [shards of this rank, tokens, outputs of this rank]; float32; the caller disposes it.
/// </returns>
public delegate Tensor ProductForward(Tensor x, TokenRole role, bool isApart);
