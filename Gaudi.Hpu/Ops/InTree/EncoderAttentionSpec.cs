using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What the attention of an encoder is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of its inputs and its output.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="HeadCount">Query heads; a multiple of KvHeadCount.</param>
/// <param name="KvHeadCount">Key and value heads.</param>
/// <param name="HeadDim">Dimensions of a head.</param>
/// <param name="Scale">Multiplies every score; 1 / sqrt(HeadDim) in most models.</param>
public sealed record EncoderAttentionSpec(
    string Prefix, ScalarType Dtype, Device Device, int HeadCount, int KvHeadCount, int HeadDim, float Scale)
    : OpSpec(Prefix, Dtype, Device);
