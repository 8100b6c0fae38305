using Gaudi.Hpu;

namespace Gaudi.Actors.Scheduling;

/// <summary>Full blocks by their hash. Equal content may stand in several blocks: each stays until it is evicted (rule K6).</summary>
internal sealed class CachedBlocks
{
    private readonly Dictionary<BlockHash, List<KvBlock>> _blocks = [];

    /// <summary>Blocks with a hash.</summary>
    internal int Count { get; private set; }

    /// <summary>The block of this content that was cached first; null when there is none.</summary>
    internal KvBlock? Find(BlockHash hash) => _blocks.TryGetValue(hash, out var blocks) ? blocks[0] : null;

    /// <summary>Makes a block's content known.</summary>
    internal void Add(KvBlock block, BlockHash hash)
    {
        Invariant.That(block.Hash is null, $"block {block.Id} is cached already");
        block.Hash = hash;
        if (_blocks.TryGetValue(hash, out var blocks))
            blocks.Add(block);
        else
            _blocks.Add(hash, [block]);
        Count++;
    }

    /// <summary>Forgets a block's content; a block without a hash stays as it is (rule K5).</summary>
    internal void Remove(KvBlock block)
    {
        if (block.Hash is not { } hash)
            return;
        var blocks = _blocks[hash];
        Invariant.That(blocks.Remove(block), $"block {block.Id} is not among those of its hash");
        if (blocks.Count == 0)
            _blocks.Remove(hash);
        block.Hash = null;
        Count--;
    }

    /// <summary>Throws unless blocks and hashes point to each other, all of them.</summary>
    internal void CheckIntegrity(IEnumerable<KvBlock> all)
    {
        var count = 0;
        foreach (var block in all)
        {
            if (block.Hash is not { } hash)
                continue;
            count++;
            Invariant.That(
                _blocks.TryGetValue(hash, out var blocks) && blocks.Contains(block), $"the hash of block {block.Id} leads elsewhere");
        }
        Invariant.That(
            count == Count && _blocks.Values.Sum(blocks => blocks.Count) == Count,
            $"{count} blocks have a hash, {Count} are counted as cached");
        Invariant.That(_blocks.Values.All(blocks => blocks.Count > 0), "a hash without a block");
    }
}
