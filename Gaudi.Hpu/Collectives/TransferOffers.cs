using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>
/// Which blocks peers may read now. A part is valid only where <see cref="IsOpen"/> still says so after its bytes were read:
/// then nobody had leave to write them meanwhile. Any thread.
/// </summary>
/// <param name="regions">That the blocks are of.</param>
public sealed class TransferOffers(ImmutableArray<BlockRegion> regions)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Offer> _offers = new(StringComparer.Ordinal);

    /// <summary>Lets these blocks be read.</summary>
    public void Open(string key, ImmutableArray<int> blocks)
    {
        Invariant.That(
            blocks.All(block => regions.All(region => (uint)block < (uint)region.BlockCount)), $"offer {key} has a block of no region");
        lock (_lock)
            _offers[key] = new Offer(blocks.ToFrozenSet());
    }

    /// <summary>Ends an offer.</summary>
    public void Close(string key)
    {
        lock (_lock)
            _offers.Remove(key);
    }

    /// <summary>Ends all.</summary>
    public void CloseAll()
    {
        lock (_lock)
            _offers.Clear();
    }

    /// <summary>The offer of a key, for <see cref="Refusal"/> and <see cref="IsOpen"/>; null where there is none.</summary>
    public object? Find(string key)
    {
        lock (_lock)
            return _offers.GetValueOrDefault(key);
    }

    /// <summary>Whether an offer is the one its key has now.</summary>
    public bool IsOpen(string key, object offer) => ReferenceEquals(Find(key), offer);

    /// <summary>Why a descriptor may not be read; null where it may.</summary>
    /// <param name="offer">By <see cref="Find"/>.</param>
    /// <param name="span">As a peer asked for it: anything.</param>
    public string? Refusal(object offer, MemorySpan span)
    {
        foreach (var region in regions)
        {
            var offset = span.Address - region.BaseAddress;
            if (offset < 0 || span.Bytes <= 0 || span.Bytes > region.All.Bytes - offset)
                continue;
            if (offset % region.BlockBytes != 0 || span.Bytes % region.BlockBytes != 0)
                return $"{span.Bytes} bytes at offset {offset} of a region are no blocks of {region.BlockBytes}";
            var first = (int)(offset / region.BlockBytes);
            for (var block = first; block < first + (int)(span.Bytes / region.BlockBytes); block++)
                if (!((Offer)offer).Blocks.Contains(block))
                    return $"block {block} is not offered";
            return null;
        }
        return $"{span.Bytes} bytes at {span.Address:x} are in no region";
    }

    private sealed class Offer(FrozenSet<int> blocks)
    {
        public FrozenSet<int> Blocks { get; } = blocks;
    }
}
