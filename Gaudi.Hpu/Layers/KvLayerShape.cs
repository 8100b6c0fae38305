using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>A layer that keeps keys and values in blocks.</summary>
/// <param name="KvHeadCount">Key and value heads of this rank.</param>
/// <param name="HeadDim">Dimensions of a head.</param>
public sealed record KvLayerShape(int KvHeadCount, int HeadDim) : LayerMemoryShape
{
    /// <summary>How many dimensions of a key are its value; null where values are kept beside the keys.</summary>
    public int? SharedValueDim { get; init; }

    /// <summary>Of keys and values that are kept as float8; null where they are kept as they are.</summary>
    public KvScales? Scales { get; init; }

    /// <inheritdoc />
    public override long BlockBytes(int blockSizeTokens, ScalarType dtype) =>
        PagedKv.BlockBytes(blockSizeTokens, KvHeadCount, HeadDim, dtype, SharedValueDim is not null);

    /// <inheritdoc />
    public override LayerMemory Create(MemoryRoom room) => new PagedKv(
        room.BlockCount, room.BlockSizeTokens, KvHeadCount, HeadDim, room.Dtype, room.Device, SharedValueDim, Scales);
}
