using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>The blocks of sequences: what a sequence finds, takes, fills and gives back.</summary>
/// <param name="pool">Where blocks come from.</param>
/// <param name="blockSizeTokens">Positions a block holds.</param>
/// <param name="slots">Where states are kept.</param>
/// <param name="cachesPrefixes">Off: nothing is found, because nothing is made known.</param>
internal sealed class BlockTables(BlockPool pool, int blockSizeTokens, StateSlots slots, bool cachesPrefixes)
{
    /// <summary>Whether a sequence looks for what others computed: scores of a prompt and its mean need every one of its rows.</summary>
    internal bool ReadsCache(Sequence sequence) =>
        cachesPrefixes && sequence.Request is { PromptLogprobCount: null, Pooling: not PoolingMode.Mean };

    /// <summary>Positions that blocks hold.</summary>
    internal int PositionsOf(ImmutableArray<int> blocks) => blocks.Length * blockSizeTokens;

    /// <summary>
    /// The blocks a waiting sequence need not compute (rules K3, S11). At least one token is left: its row is drawn from.
    /// </summary>
    internal ImmutableArray<int> Find(Sequence sequence) => ReadsCache(sequence)
        ? pool.Find(Hashes(sequence, (sequence.Tokens.Count - 1) / blockSizeTokens))
        : [];

    /// <summary>Gives a waiting sequence what it found, room for more and a place for its state, or nothing at all.</summary>
    /// <param name="sequence">It has no block.</param>
    /// <param name="found">By <see cref="Find"/>.</param>
    /// <param name="positionCount">Positions its blocks shall hold.</param>
    internal bool TryAdmit(Sequence sequence, ImmutableArray<int> found, int positionCount)
    {
        Invariant.That(sequence.Blocks.IsEmpty, $"sequence {sequence.Id} was admitted with {sequence.Blocks.Length} blocks");
        var count = BlockCount(positionCount) - found.Length;
        if (count > pool.FreeCount - pool.FreeAmong(found) || !slots.HasRoom)
            return false;
        pool.Touch(found);
        sequence.Blocks = found.AddRange(pool.Allocate(count)!.Value);
        sequence.CachedBlockCount = found.Length;
        sequence.StateSlot = slots.Take();
        return true;
    }

    /// <summary>Gives a sequence the blocks it lacks, or none of them.</summary>
    internal bool TryGrow(Sequence sequence, int positionCount)
    {
        var count = BlockCount(positionCount) - sequence.Blocks.Length;
        if (count <= 0)
            return true;
        if (pool.Allocate(count) is not { } blocks)
            return false;
        sequence.Blocks = sequence.Blocks.AddRange(blocks);
        return true;
    }

    /// <summary>Gives back the blocks behind the computed positions: places for drafts that nobody verified.</summary>
    /// <returns>Whether there were any.</returns>
    internal bool TryTrim(Sequence sequence)
    {
        var count = BlockCount(sequence.ComputedCount);
        if (count == sequence.Blocks.Length)
            return false;
        pool.Release(sequence.Blocks[count..]);
        sequence.Blocks = sequence.Blocks[..count];
        return true;
    }

    /// <summary>Makes the blocks known that these positions fill (rule K2). Drafts are no known positions.</summary>
    internal void Cache(Sequence sequence, int knownCount)
    {
        if (!cachesPrefixes)
            return;
        var fullCount = knownCount / blockSizeTokens;
        var hashes = Hashes(sequence, fullCount);
        for (var i = sequence.CachedBlockCount; i < fullCount; i++)
            pool.Cache(sequence.Blocks[i], hashes[i]);
        sequence.CachedBlockCount = Math.Max(sequence.CachedBlockCount, fullCount);
    }

    /// <summary>Takes back what <see cref="Cache"/> made known beyond these first blocks: it will not be computed (rule S5).</summary>
    internal void Uncache(Sequence sequence, int keptCount)
    {
        for (var i = keptCount; i < sequence.CachedBlockCount; i++)
            pool.Uncache(sequence.Blocks[i]);
        sequence.CachedBlockCount = keptCount;
    }

    /// <summary>Gives all blocks back; their contents stay known until they are taken for something else.</summary>
    internal void Free(Sequence sequence)
    {
        pool.Release(sequence.Blocks);
        slots.Release(sequence.StateSlot);
        sequence.Rewind();
    }

    /// <summary>Throws unless what a sequence believes of its blocks is so.</summary>
    internal void CheckIntegrity(Sequence sequence)
    {
        Invariant.That(
            PositionsOf(sequence.Blocks) >= sequence.ComputedCount,
            $"sequence {sequence.Id} computed {sequence.ComputedCount} positions in {sequence.Blocks.Length} blocks");
        Invariant.That(
            sequence.CachedBlockCount * blockSizeTokens <= Math.Min(sequence.ComputedCount, sequence.Tokens.Count),
            $"sequence {sequence.Id} cached {sequence.CachedBlockCount} blocks of {sequence.ComputedCount} positions");
        for (var i = 0; i < sequence.CachedBlockCount; i++)
            Invariant.That(
                pool.Holds(sequence.Blocks[i], sequence.Hashes[i]), $"block {i} of sequence {sequence.Id} holds something else");
    }

    private int BlockCount(int positionCount) => (positionCount + blockSizeTokens - 1) / blockSizeTokens;

    private ReadOnlySpan<BlockHash> Hashes(Sequence sequence, int count)
    {
        for (var i = sequence.Hashes.Count; i < count; i++)
        {
            var first = i * blockSizeTokens;
            sequence.Hashes.Add(BlockContent.HashOf(
                i == 0 ? null : sequence.Hashes[i - 1], sequence.TokenSpan.Slice(first, blockSizeTokens), first,
                sequence.Request.PromptTokenIds.Length, sequence.Request.CacheKeys));
        }
        return CollectionsMarshal.AsSpan(sequence.Hashes)[..count];
    }
}
