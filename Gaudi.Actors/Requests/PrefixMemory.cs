using System.Collections.Immutable;
using Gaudi.Actors.Scheduling;

namespace Gaudi.Actors.Requests;

/// <summary>
/// Blocks of prompts that a replica was given to compute, the last used ones: a guess of what its prefix cache holds. A prompt's
/// last blocks are forgotten before its first, which are of use without them. One thread.
/// </summary>
/// <param name="blocksMax">Most blocks.</param>
internal sealed class PrefixMemory(int blocksMax)
{
    private readonly Dictionary<BlockHash, LinkedListNode<BlockHash>> _places = [];
    private readonly LinkedList<BlockHash> _newestFirst = [];

    /// <summary>Blocks remembered.</summary>
    internal int Count => _places.Count;

    /// <summary>How many blocks of a prompt are known, from its beginning without a gap.</summary>
    internal int MatchOf(ImmutableArray<BlockHash> prefix)
    {
        var count = 0;
        while (count < prefix.Length && _places.ContainsKey(prefix[count]))
            count++;
        return count;
    }

    /// <summary>The replica is given this prompt.</summary>
    internal void Remember(ImmutableArray<BlockHash> prefix)
    {
        for (var index = Math.Min(prefix.Length, blocksMax) - 1; index >= 0; index--)
        {
            if (_places.Remove(prefix[index], out var place))
                _newestFirst.Remove(place);
            _places[prefix[index]] = _newestFirst.AddFirst(prefix[index]);
        }
        while (_places.Count > blocksMax)
        {
            _places.Remove(_newestFirst.Last!.Value);
            _newestFirst.RemoveLast();
        }
    }

    /// <summary>The cache is gone.</summary>
    internal void Clear()
    {
        _places.Clear();
        _newestFirst.Clear();
    }
}
