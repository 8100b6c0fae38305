using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// One layer's keys and values in blocks, in the activations' type. Keys lie [block, kvHead, headDim, position] so that
/// neighbouring positions are neighbouring lanes, values [block, kvHead, position, headDim]; a head is padded to a
/// multiple of 8 dimensions.
/// </summary>
public sealed unsafe class PagedKv : IDisposable
{
    private readonly Tensor _keys; // [blocks, kvHeads, paddedHeadDim, blockSize]
    private readonly Tensor _values; // [blocks, kvHeads, blockSize, paddedHeadDim]
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
        Invariant.That(blockSizeTokens > 0 && blockSizeTokens % 8 == 0, $"blocks of a multiple of 8, not {blockSizeTokens}");
        (BlockCount, BlockSizeTokens, KvHeadCount, HeadDim, Dtype) = (blockCount, blockSizeTokens, kvHeadCount, headDim, dtype);
        PaddedHeadDim = Padded(headDim);
        _keys = empty([blockCount, kvHeadCount, PaddedHeadDim, blockSizeTokens], dtype, device).DetachFromDisposeScope();
        _values = empty([blockCount, kvHeadCount, blockSizeTokens, PaddedHeadDim], dtype, device).DetachFromDisposeScope();
        _keysAddress = TensorMemory.Pointer(_keys);
        _valuesAddress = TensorMemory.Pointer(_values);
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

    internal int PaddedHeadDim { get; }

    /// <summary>Bytes one block of one layer takes, keys and values.</summary>
    public static long BlockBytes(int blockSizeTokens, int kvHeadCount, int headDim, ScalarType dtype) =>
        2L * kvHeadCount * Padded(headDim) * blockSizeTokens * dtype.ElementSize();

    /// <inheritdoc />
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
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
