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

    /// <summary>Lets these blocks be read, by whoever expects in them what is there.</summary>
    public void Open(string key, string digest, ImmutableArray<int> blocks)
    {
        Invariant.That(
            blocks.All(block => regions.All(region => (uint)block < (uint)region.BlockCount)), $"offer {key} has a block of no region");
        lock (_lock)
            _offers[key] = new Offer(digest, blocks.ToFrozenSet());
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

    /// <summary>Whether a key has an offer now.</summary>
    public bool Has(string key) => OfKey(key) is not null;

    /// <summary>The offer of a key, for <see cref="Refusal"/> and <see cref="IsOpen"/>.</summary>
    /// <param name="key">As a peer named it: anything.</param>
    /// <param name="digest">Of what it expects there.</param>
    /// <exception cref="TransferRefusedException">There is none, or its blocks hold something else.</exception>
    public object Find(string key, string digest)
    {
        var offer = OfKey(key)
            ?? throw new TransferRefusedException($"{key} is not offered here: it was released, or this rank was started anew");
        return offer.Digest == digest ? offer : throw new TransferRefusedException(
            $"what is offered as {key} was computed from another prompt: its tokens, images, adapter, cache salt or blocks differ");
    }

    /// <summary>Whether an offer is the one its key has now.</summary>
    public bool IsOpen(string key, object offer) => ReferenceEquals(OfKey(key), offer);

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

    private Offer? OfKey(string key)
    {
        lock (_lock)
            return _offers.GetValueOrDefault(key);
    }

    private sealed class Offer(string digest, FrozenSet<int> blocks)
    {
        public string Digest { get; } = digest;

        public FrozenSet<int> Blocks { get; } = blocks;
    }
}
