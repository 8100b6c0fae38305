using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// One layer's keys and values in blocks, in the activations' type or as float8 codes with scales. Keys lie
/// [block, kvHead, headDim, position] so that neighbouring positions are neighbouring lanes, values
/// [block, kvHead, position, headDim]; a head is padded to a multiple of 8 dimensions. Where values are the first dimensions of
/// the keys, as in latent attention, keys alone are kept.
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
    /// <param name="dtype">Float32, bfloat16, or float8 with scales.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="sharedValueDim">
    /// How many dimensions of a key are its value, from the first on; null keeps values of HeadDim beside the keys.
    /// </param>
    /// <param name="scales">Of float8; null with every other type.</param>
    public PagedKv(
        int blockCount, int blockSizeTokens, int kvHeadCount, int headDim, ScalarType dtype, Device device,
        int? sharedValueDim = null, KvScales? scales = null)
    {
        Invariant.That((dtype == E4m3.Dtype) == (scales is not null), $"{dtype} {(scales is null ? "without" : "with")} scales");
        Invariant.That(
            sharedValueDim is null || scales is null || scales.Key == scales.Value, $"one scale of a value that is its key, not {scales}");
        scales?.Check();
        Scales = scales;
        Invariant.That(
            blockSizeTokens > 0 && blockSizeTokens % 8 == 0, $"blocks of a multiple of 8, not {blockSizeTokens}");
        (BlockCount, BlockSizeTokens) = (blockCount, blockSizeTokens);
        (KvHeadCount, HeadDim, Dtype) = (kvHeadCount, headDim, dtype);
        Invariant.That(
            sharedValueDim is null || (sharedValueDim >= 1 && sharedValueDim <= headDim),
            $"values of 1 to {headDim} dimensions of a key, not {sharedValueDim}");
        SharedValueDim = sharedValueDim;
        PaddedHeadDim = Padded(headDim);
        Keys = empty([blockCount, kvHeadCount, PaddedHeadDim, blockSizeTokens], dtype, device).DetachFromDisposeScope();
        _keysAddress = TensorMemory.Pointer(Keys);
        if (sharedValueDim is not null)
            return;
        Values = empty(
            [blockCount, kvHeadCount, blockSizeTokens, PaddedHeadDim], dtype, device).DetachFromDisposeScope();
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

    /// <summary>How many dimensions of a key are its value; null where values lie beside the keys.</summary>
    public int? SharedValueDim { get; }

    /// <summary>Of the stored values.</summary>
    public ScalarType Dtype { get; }

    /// <summary>What stored codes are multiplied by; null where values are stored as they are.</summary>
    public KvScales? Scales { get; }

    /// <summary>[blocks, kvHeads, headDim padded, blockSize]. Written by attention alone.</summary>
    public Tensor Keys { get; }

    /// <summary>
    /// [blocks, kvHeads, blockSize, headDim padded]; null where keys hold them. Written by attention alone.
    /// </summary>
    public Tensor? Values { get; }

    /// <inheritdoc />
    public override ImmutableArray<Tensor> BlockTensors => Values is { } values ? [Keys, values] : [Keys];

    internal int PaddedHeadDim { get; }

    /// <summary>Bytes one block of one layer takes: keys and values, or keys that hold both.</summary>
    public static long BlockBytes(
        int blockSizeTokens, int kvHeadCount, int headDim, ScalarType dtype, bool sharesValues = false) =>
        (sharesValues ? 1L : 2L) * kvHeadCount * Padded(headDim) * blockSizeTokens * dtype.ElementSize();

    /// <inheritdoc />
    public override void Dispose()
    {
        Keys.Dispose();
        Values?.Dispose();
    }

    internal CachedHead Head(int kvHead)
    {
        var headStride = (long)PaddedHeadDim * BlockSizeTokens;
        var offset = kvHead * headStride * Dtype.ElementSize();
        return new CachedHead(
            _keysAddress + offset, _valuesAddress == null ? null : _valuesAddress + offset, headStride * KvHeadCount,
            BlockSizeTokens, PaddedHeadDim, Padded(SharedValueDim ?? HeadDim));
    }

    private static int Padded(int headDim) => (headDim + 7) / 8 * 8;
}
