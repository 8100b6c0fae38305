using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Embeds patches.</summary>
/// <param name="patches">
/// [patches, channels * frames * rows * columns], the columns running fastest. Not changed.
/// </param>
/// <returns>[patches, outputs] in the op's type; the caller disposes it.</returns>
public delegate Tensor PatchEmbeddingForward(Tensor patches);
