namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Where a cache keeps one head: the same place in every block.</summary>
internal readonly unsafe struct CachedHead(byte* keys, byte* values, long blockStride, int blockSizeTokens, int headDim, int valueDim)
{
    /// <summary>The head's keys in block 0: [headDim, blockSize].</summary>
    public byte* Keys { get; } = keys;

    /// <summary>
    /// The head's values in block 0: [blockSize, valueDim]; null where they are the first dimensions of its keys.
    /// </summary>
    public byte* Values { get; } = values;

    /// <summary>Values from one block to the next.</summary>
    public long BlockStride { get; } = blockStride;

    /// <summary>Positions of a block; a multiple of 8.</summary>
    public int BlockSizeTokens { get; } = blockSizeTokens;

    /// <summary>Dimensions of the head, padded to a multiple of 8.</summary>
    public int HeadDim { get; } = headDim;

    /// <summary>Dimensions of its values, padded to a multiple of 8.</summary>
    public int ValueDim { get; } = valueDim;
}
