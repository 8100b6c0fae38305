using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// What one rank keeps of sequences: every layer's blocks or states, under one lease. A block id names a block in every
/// layer, a slot the state of one sequence.
/// </summary>
internal sealed class KvCache : IDisposable
{
    private readonly Lease _lease;

    /// <summary>Takes the lease, then the memory.</summary>
    /// <exception cref="CardMemoryException">The card has less free.</exception>
    public KvCache(ICard card, KvShape shape, int blockCount, string purpose)
    {
        (Shape, BlockCount) = (shape, blockCount);
        _lease = card.Reserve(purpose, (shape.BlockBytes * blockCount) + shape.StateBytes);
        var room = new MemoryRoom(blockCount, shape.SlotCount, shape.BlockSizeTokens, shape.Dtype, card.Device);
        var layers = ImmutableArray.CreateBuilder<LayerMemory>();
        try
        {
            foreach (var layer in shape.Layers)
                layers.Add(layer.Create(room));
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

    /// <summary>Sizes, type and scales of what a block holds in each layer.</summary>
    public KvShape Shape { get; }

    /// <summary>Blocks.</summary>
    public int BlockCount { get; }

    /// <summary>Bytes under lease.</summary>
    public long Bytes => _lease.Bytes;

    /// <summary>One a layer.</summary>
    public ImmutableArray<LayerMemory> Layers { get; }

    /// <summary>Every layer's tensors of blocks.</summary>
    public ImmutableArray<Tensor> BlockTensors => [.. Layers.SelectMany(layer => layer.BlockTensors)];

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var layer in Layers)
            layer.Dispose();
        _lease.Dispose();
    }
}
