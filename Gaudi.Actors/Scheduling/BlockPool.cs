using System.Collections.Immutable;
using Gaudi.Hpu;

namespace Gaudi.Actors.Scheduling;

/// <summary>The KV blocks of one group: each is free or owned by one sequence. Lowest ids first, so that plans repeat.</summary>
public sealed class BlockPool(int blockCount)
{
    private readonly SortedSet<int> _free = [.. Enumerable.Range(0, blockCount)];
    private readonly SortedDictionary<int, long> _owners = [];

    /// <summary>All blocks.</summary>
    public int BlockCount { get; } = blockCount;

    /// <summary>Blocks owned by sequences.</summary>
    public int UsedCount => _owners.Count;

    /// <summary>Blocks nobody owns.</summary>
    public int FreeCount => _free.Count;

    /// <summary>Takes blocks, all or none.</summary>
    /// <returns>The blocks, ascending; null when too few are free.</returns>
    public ImmutableArray<int>? Allocate(long sequenceId, int count)
    {
        Invariant.That(count > 0, $"sequence {sequenceId} asked for {count} blocks");
        if (count > _free.Count)
            return null;
        ImmutableArray<int> blocks = [.. _free.Take(count)];
        foreach (var block in blocks)
        {
            _free.Remove(block);
            _owners.Add(block, sequenceId);
        }
        return blocks;
    }

    /// <summary>Gives every block of a sequence back.</summary>
    /// <exception cref="InvariantBrokenException">A block is not the sequence's.</exception>
    public void Release(long sequenceId, ImmutableArray<int> blocks)
    {
        foreach (var block in blocks)
        {
            Invariant.That(
                _owners.TryGetValue(block, out var owner) && owner == sequenceId,
                $"sequence {sequenceId} gave back block {block}, which is not its own");
            _owners.Remove(block);
            _free.Add(block);
        }
    }

    /// <summary>Throws unless every block is either free or owned by exactly the sequence that says so.</summary>
    /// <param name="owned">What each living sequence believes it owns.</param>
    public void CheckIntegrity(IEnumerable<(long SequenceId, ImmutableArray<int> Blocks)> owned)
    {
        var claimed = owned.SelectMany(one => one.Blocks.Select(block => (block, one.SequenceId))).ToList();
        Invariant.That(
            claimed.Count == _owners.Count && claimed.All(c => _owners.TryGetValue(c.block, out var o) && o == c.SequenceId),
            $"sequences claim {claimed.Count} blocks, the pool gave out {_owners.Count}");
        Invariant.That(
            _free.Count + _owners.Count == BlockCount && !_free.Overlaps(_owners.Keys),
            $"{_free.Count} free and {_owners.Count} used blocks of {BlockCount}");
    }
}
