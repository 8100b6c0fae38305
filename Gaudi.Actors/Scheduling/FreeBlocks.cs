using Gaudi.Hpu;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// The blocks nobody uses, the one to be taken next at the head (rule K4). The links are in the blocks, so that one may be
/// taken from the middle at once.
/// </summary>
internal sealed class FreeBlocks
{
    private KvBlock? _head;
    private KvBlock? _tail;

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Puts a block at the end.</summary>
    internal void Append(KvBlock block)
    {
        (block.Previous, block.Next) = (_tail, null);
        if (_tail is null)
            _head = block;
        else
            _tail.Next = block;
        _tail = block;
        Count++;
    }

    /// <summary>Takes a block out, wherever it stands.</summary>
    internal void Remove(KvBlock block)
    {
        Invariant.That(block == _head || block.Previous is not null, $"block {block.Id} is not free");
        if (block.Previous is null)
            _head = block.Next;
        else
            block.Previous.Next = block.Next;
        if (block.Next is null)
            _tail = block.Previous;
        else
            block.Next.Previous = block.Previous;
        (block.Previous, block.Next) = (null, null);
        Count--;
    }

    /// <summary>Takes the block at the head.</summary>
    internal KvBlock Pop()
    {
        Invariant.That(_head is not null, "no block is free");
        var block = _head!;
        Remove(block);
        return block;
    }

    /// <summary>From head to tail.</summary>
    internal IEnumerable<KvBlock> InOrder()
    {
        for (var block = _head; block is not null; block = block.Next)
            yield return block;
    }

    /// <summary>Throws unless the links agree both ways and the count is right.</summary>
    internal void CheckIntegrity()
    {
        var count = 0;
        KvBlock? before = null;
        for (var block = _head; block is not null; (before, block) = (block, block.Next))
        {
            Invariant.That(block.Previous == before, $"free block {block.Id} does not know the one before it");
            Invariant.That(block.ReferenceCount == 0, $"block {block.Id} is free and used {block.ReferenceCount} times");
            Invariant.That(++count <= Count, $"more than {Count} free blocks, or a ring");
        }
        Invariant.That(before == _tail && count == Count, $"{count} free blocks are linked, {Count} counted");
    }
}
