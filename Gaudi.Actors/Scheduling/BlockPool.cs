using System.Collections.Immutable;
using Gaudi.Hpu;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// The KV blocks of one group. A block is free or used by one or more sequences; a full one may be found again by its
/// content, also while it is free, until it is taken for something else. Least recently used first, so that plans repeat.
/// </summary>
public sealed class BlockPool
{
    private readonly ImmutableArray<KvBlock> _blocks;
    private readonly FreeBlocks _free = new();
    private readonly CachedBlocks _cached = new();

    /// <summary>All blocks free, lowest id first.</summary>
    public BlockPool(int blockCount)
    {
        _blocks = [.. Enumerable.Range(0, blockCount).Select(id => new KvBlock(id))];
        foreach (var block in _blocks)
            _free.Append(block);
    }

    /// <summary>All blocks.</summary>
    public int BlockCount => _blocks.Length;

    /// <summary>Blocks that sequences use.</summary>
    public int UsedCount => _blocks.Length - _free.Count;

    /// <summary>Blocks nobody uses, cached ones among them.</summary>
    public int FreeCount => _free.Count;

    /// <summary>Blocks that can be found by their content.</summary>
    public int CachedCount => _cached.Count;

    /// <summary>Free blocks in the order in which they will be taken.</summary>
    public ImmutableArray<int> FreeOrder => [.. _free.InOrder().Select(block => block.Id)];

    /// <summary>Takes blocks from the head of the free list, all or none; what they held is forgotten (rules K4, K5).</summary>
    /// <returns>The blocks; null when too few are free.</returns>
    public ImmutableArray<int>? Allocate(int count)
    {
        Invariant.That(count >= 0, $"{count} blocks were asked for");
        if (count > _free.Count)
            return null;
        var taken = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++)
        {
            var block = _free.Pop();
            _cached.Remove(block);
            block.ReferenceCount = 1;
            taken.Add(block.Id);
        }
        return taken.MoveToImmutable();
    }

    /// <summary>The blocks that hold the longest known beginning of a chain; the first unknown one ends it (rule K3).</summary>
    public ImmutableArray<int> Find(ReadOnlySpan<BlockHash> chain)
    {
        var found = ImmutableArray.CreateBuilder<int>();
        foreach (var hash in chain)
        {
            if (_cached.Find(hash) is not { } block)
                break;
            found.Add(block.Id);
        }
        return found.ToImmutable();
    }

    /// <summary>How many of these blocks nobody uses: touching them makes so many fewer free.</summary>
    public int FreeAmong(ImmutableArray<int> blocks) => blocks.Count(id => _blocks[id].ReferenceCount == 0);

    /// <summary>Uses blocks that were found: once more each, and no longer free (rule K4).</summary>
    public void Touch(ImmutableArray<int> blocks)
    {
        foreach (var id in blocks)
        {
            Invariant.That(_blocks[id].Hash is not null, $"block {id} was used again and is not cached");
            if (_blocks[id].ReferenceCount++ == 0)
                _free.Remove(_blocks[id]);
        }
    }

    /// <summary>Makes a full block's content known (rule K2). Another block of the same content stays (rule K6).</summary>
    public void Cache(int id, BlockHash hash)
    {
        Invariant.That(_blocks[id].ReferenceCount > 0, $"block {id} was cached while nobody uses it");
        _cached.Add(_blocks[id], hash);
    }

    /// <summary>Takes back <see cref="Cache"/>: the content was not computed after all.</summary>
    /// <exception cref="InvariantBrokenException">Somebody else uses the block already.</exception>
    public void Uncache(int id)
    {
        Invariant.That(_blocks[id].ReferenceCount == 1, $"block {id} is used {_blocks[id].ReferenceCount} times and was not computed");
        _cached.Remove(_blocks[id]);
    }

    /// <summary>
    /// Gives a sequence's blocks back, the last one first, so that of a prefix the end goes first (rule K4). They stay cached.
    /// </summary>
    /// <exception cref="InvariantBrokenException">A block is free already.</exception>
    public void Release(ImmutableArray<int> blocks)
    {
        for (var i = blocks.Length - 1; i >= 0; i--)
        {
            var block = _blocks[blocks[i]];
            Invariant.That(block.ReferenceCount > 0, $"block {block.Id} was given back and is free");
            if (--block.ReferenceCount == 0)
                _free.Append(block);
        }
    }

    /// <summary>Forgets all contents (rule K5).</summary>
    /// <returns>False, and nothing is forgotten, while a block is in use.</returns>
    public bool Reset()
    {
        if (UsedCount > 0)
            return false;
        foreach (var block in _blocks)
            _cached.Remove(block);
        return true;
    }

    /// <summary>Whether the block's content is known by this hash.</summary>
    internal bool Holds(int id, BlockHash hash) => _blocks[id].Hash == hash;

    /// <summary>Throws unless reference counts, the free list and the hashes agree with each other and with the sequences.</summary>
    /// <param name="tables">The block table of each living sequence.</param>
    public void CheckIntegrity(IEnumerable<ImmutableArray<int>> tables)
    {
        var claims = new int[_blocks.Length];
        foreach (var id in tables.SelectMany(table => table))
            claims[id]++;
        foreach (var block in _blocks)
            Invariant.That(
                claims[block.Id] == block.ReferenceCount,
                $"{claims[block.Id]} sequences claim block {block.Id}, {block.ReferenceCount} are counted");
        _free.CheckIntegrity();
        Invariant.That(
            _free.Count == _blocks.Count(block => block.ReferenceCount == 0),
            $"{_free.Count} blocks are in the free list, {_blocks.Count(block => block.ReferenceCount == 0)} are unused");
        _cached.CheckIntegrity(_blocks);
    }
}
