using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>Turns images into what stands in for their tokens' embeddings. Every rank has all of it.</summary>
public interface IImageEncoder
{
    /// <summary>Encodes one image; its bits depend on its pixels alone.</summary>
    /// <param name="image">With pixels.</param>
    /// <returns>[tokens of the image, hidden] in the activations' type; the caller disposes it.</returns>
    Tensor Encode(PromptImage image);
}
