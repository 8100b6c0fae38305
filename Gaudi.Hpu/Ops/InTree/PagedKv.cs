using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// One layer's keys and values in blocks, in the activations' type. Keys lie [block, kvHead, headDim, position] so that
/// neighbouring positions are neighbouring lanes, values [block, kvHead, position, headDim]; a head is padded to a
/// multiple of 8 dimensions.
/// </summary>
public sealed unsafe class PagedKv : LayerMemory
{
    private readonly byte* _keysAddress;
    private readonly byte* _valuesAddress;

    /// <summary>Room for blocks of any contents; the caller holds the lease.</summary>
    /// <param name="blockCount">Blocks.</param>
    /// <param name="blockSizeTokens">Positions a block; a multiple of 8.</param>
    /// <param name="kvHeadCount">Heads of this rank.</param>
    /// <param name="headDim">Dimensions of a head.</param>
    /// <param name="dtype">Float32 or bfloat16.</param>
    /// <param name="device">Where it lives.</param>
    public PagedKv(int blockCount, int blockSizeTokens, int kvHeadCount, int headDim, ScalarType dtype, Device device)
    {
        Invariant.That(
            blockSizeTokens > 0 && blockSizeTokens % 8 == 0, $"blocks of a multiple of 8, not {blockSizeTokens}");
        (BlockCount, BlockSizeTokens) = (blockCount, blockSizeTokens);
        (KvHeadCount, HeadDim, Dtype) = (kvHeadCount, headDim, dtype);
        PaddedHeadDim = Padded(headDim);
        Keys = empty([blockCount, kvHeadCount, PaddedHeadDim, blockSizeTokens], dtype, device).DetachFromDisposeScope();
        Values = empty(
            [blockCount, kvHeadCount, blockSizeTokens, PaddedHeadDim], dtype, device).DetachFromDisposeScope();
        _keysAddress = TensorMemory.Pointer(Keys);
        _valuesAddress = TensorMemory.Pointer(Values);
    }

    /// <summary>Blocks.</summary>
    public int BlockCount { get; }

    /// <summary>Positions a block.</summary>
    public int BlockSizeTokens { get; }

    /// <summary>Heads of this rank.</summary>
    public int KvHeadCount { get; }

    /// <summary>Dimensions of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Of the stored values.</summary>
    public ScalarType Dtype { get; }

    /// <summary>[blocks, kvHeads, headDim padded, blockSize]. Written by attention alone.</summary>
    public Tensor Keys { get; }

    /// <summary>[blocks, kvHeads, blockSize, headDim padded]. Written by attention alone.</summary>
    public Tensor Values { get; }

    internal int PaddedHeadDim { get; }

    /// <summary>Bytes one block of one layer takes, keys and values.</summary>
    public static long BlockBytes(int blockSizeTokens, int kvHeadCount, int headDim, ScalarType dtype) =>
        2L * kvHeadCount * Padded(headDim) * blockSizeTokens * dtype.ElementSize();

    /// <inheritdoc />
    public override void Dispose()
    {
        Keys.Dispose();
        Values.Dispose();
    }

    internal CachedHead Head(int kvHead)
    {
        var headStride = (long)PaddedHeadDim * BlockSizeTokens;
        var offset = kvHead * headStride * Dtype.ElementSize();
        return new CachedHead(
            _keysAddress + offset, _valuesAddress + offset, headStride * KvHeadCount, BlockSizeTokens, PaddedHeadDim);
    }

    private static int Padded(int headDim) => (headDim + 7) / 8 * 8;
}
