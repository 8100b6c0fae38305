using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// The keys and values of one rank: every layer's blocks, under one lease. A block id names a block in every layer.
/// </summary>
internal sealed class KvCache : IDisposable
{
    private readonly Lease _lease;

    /// <summary>Takes the lease, then the memory.</summary>
    /// <exception cref="CardMemoryException">The card has less free.</exception>
    public KvCache(ICard card, KvShape shape, int blockCount, string purpose)
    {
        BlockCount = blockCount;
        _lease = card.Reserve(purpose, shape.BlockBytes * blockCount);
        var layers = ImmutableArray.CreateBuilder<PagedKv>();
        try
        {
            while (layers.Count < shape.LayerCount)
            {
                layers.Add(new PagedKv(
                    blockCount, shape.BlockSizeTokens, shape.KvHeadCount, shape.HeadDim, shape.Dtype, card.Device));
            }
        }
        catch
        {
            foreach (var layer in layers)
                layer.Dispose();
            _lease.Dispose();
            throw;
        }
        Layers = layers.ToImmutable();
    }

    /// <summary>Blocks.</summary>
    public int BlockCount { get; }

    /// <summary>Bytes under lease.</summary>
    public long Bytes => _lease.Bytes;

    /// <summary>One a layer.</summary>
    public ImmutableArray<PagedKv> Layers { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var layer in Layers)
            layer.Dispose();
        _lease.Dispose();
    }
}
