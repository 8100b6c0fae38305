using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a patch embedding is built from.</summary>
/// <param name="Prefix">Checkpoint name without `.weight`.</param>
/// <param name="Dtype">Of the weight and the output.</param>
/// <param name="Device">Where its weight lives.</param>
/// <param name="ChannelCount">Colours of a pixel.</param>
/// <param name="FrameCount">Frames of a patch.</param>
/// <param name="PatchSizePixels">Rows and columns of a patch.</param>
/// <param name="OutputSize">Width of an embedding.</param>
public sealed record PatchEmbeddingSpec(
    string Prefix, ScalarType Dtype, Device Device, int ChannelCount, int FrameCount, int PatchSizePixels,
    int OutputSize)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>Values of a patch.</summary>
    public int InputSize => ChannelCount * FrameCount * PatchSizePixels * PatchSizePixels;
}
