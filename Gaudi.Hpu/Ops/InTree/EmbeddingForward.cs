using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Looks token ids up.</summary>
/// <param name="tokenIds">[tokens], int64, each in the vocabulary.</param>
/// <returns>[tokens, hidden], the same on every rank; the caller disposes it.</returns>
public delegate Tensor EmbeddingForward(Tensor tokenIds);
