using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Network;

/// <summary>The two factors of one linear layer's change of weight, B·A. Owned by the adapter.</summary>
/// <param name="A">[rank, in].</param>
/// <param name="B">[out, rank].</param>
public sealed record LoraFactors(Tensor A, Tensor B);
