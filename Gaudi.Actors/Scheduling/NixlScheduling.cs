using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// The scheduler role of connectors whose consumer reads the producer's blocks, rank by rank. The prompt is read whole but for
/// its last position, which this server computes itself: the first token is drawn from it.
/// </summary>
/// <param name="settings">Of the group.</param>
/// <param name="worldSize">Ranks of the group: a transfer is over when it is over on all of them.</param>
/// <param name="blockSizeTokens">Positions a block.</param>
/// <param name="loadsMax">Most loads under way; the next sequence waits.</param>
public sealed class NixlScheduling(KvConnectorSettings settings, int worldSize, int blockSizeTokens, int loadsMax)
    : IKvConnectorScheduler
{
    private const int NoticesMax = 1024;

    private readonly SortedDictionary<long, LoadTally> _loads = [];
    private readonly SortedSet<string> _offered = new(StringComparer.Ordinal); // Once each: while one stands, its blocks stay.
    private readonly SortedDictionary<string, SortedSet<int>> _sent = new(StringComparer.Ordinal);
    private readonly List<KvLoad> _newLoads = [];
    private readonly List<string> _withdrawals = [];

    /// <inheritdoc />
    public KvMatch? Match(Sequence sequence, int computedCount)
    {
        var count = NeededCount(sequence) - computedCount;
        if (count <= 0)
            return new KvMatch(0, false);
        return _loads.Count < loadsMax ? new KvMatch(count, true) : null;
    }

    /// <inheritdoc />
    public void Allocated(Sequence sequence, int computedCount, int externalCount)
    {
        if (externalCount == 0)
        {
            Release(sequence);
            return;
        }
        var (first, end) = (computedCount / blockSizeTokens, BlockCount(computedCount + externalCount));
        var remote = sequence.Request.KvTransfer!;
        _newLoads.Add(new KvLoad(
            sequence.Id, remote.Source!, PromptDigest.Of(sequence.Request, remote.RemoteBlocks), sequence.Blocks[first..end],
            remote.RemoteBlocks[first..end]));
        _loads.Add(sequence.Id, new LoadTally());
    }

    /// <inheritdoc />
    public bool Declined(GenerationRequest request)
    {
        // Beyond these a peer frees by time: while no step can run, refusals have no end.
        if (_newLoads.Count >= NoticesMax || !settings.Reads || request.KvTransfer?.Source is not { } source)
            return false;
        _newLoads.Add(new KvLoad(0, source, "", [], []));
        return true;
    }

    /// <inheritdoc />
    public KvTransferStep? TakeStep(IEnumerable<Sequence> drawing)
    {
        ImmutableArray<KvOffer> offers = [.. drawing.Where(one => Hands(one) && !_offered.Contains(KeyOf(one))).Select(Offer)];
        _offered.UnionWith(offers.Select(offer => offer.Key));
        var step = new KvTransferStep([.. _withdrawals], [.. _newLoads], offers);
        _withdrawals.Clear();
        _newLoads.Clear();
        return step is { Withdrawals: [], Loads: [], Offers: [] } ? null : step;
    }

    /// <inheritdoc />
    public KvOutcome Update(int rank, KvTransferNews news)
    {
        var released = ImmutableArray.CreateBuilder<string>();
        foreach (var key in news.Sent)
        {
            // Peers send keys; those of nobody, or not yet answered, are none of ours.
            if (_sent.TryGetValue(key, out var ranks) && ranks.Add(rank) && ranks.Count == worldSize)
                released.Add(key);
        }
        var loaded = ImmutableArray.CreateBuilder<KvLoadEnding>();
        foreach (var one in news.Received)
        {
            if (!_loads.TryGetValue(one.SequenceId, out var tally) || !tally.Add(rank, one) || tally.RankCount < worldSize)
                continue;
            _loads.Remove(one.SequenceId);
            loaded.Add(new KvLoadEnding(one.SequenceId, tally.FailedBlocks, tally.Failure));
        }
        return new KvOutcome(released.ToImmutable(), loaded.ToImmutable());
    }

    /// <inheritdoc />
    public KvTransferParams? Finished(Sequence sequence, FinishReason reason)
    {
        // One that stopped has its whole answer here.
        if (!Hands(sequence) || reason != FinishReason.Length)
            return null;
        var key = KeyOf(sequence);
        if (!_sent.TryAdd(key, []))
            return null;
        return new KvTransferParams(
            IsForRemoteDecode: false, new KvSource(settings.EngineId, settings.Host, settings.Port, key), PromptBlocks(sequence));
    }

    /// <inheritdoc />
    public void Freed(Sequence sequence)
    {
        if (!Hands(sequence))
            return;
        var key = KeyOf(sequence);
        _sent.Remove(key);
        if (_offered.Remove(key))
            _withdrawals.Add(key);
    }

    /// <inheritdoc />
    public void Restart(ImmutableArray<Sequence> lost)
    {
        _loads.Clear();
        _offered.Clear();
        _sent.Clear();
        _withdrawals.Clear();
        _newLoads.RemoveAll(load => !load.LocalBlocks.IsEmpty);
        foreach (var sequence in lost)
            Release(sequence);
    }

    /// <summary>Positions of a prompt that are worth bringing; 0 for a sequence that computes everything itself.</summary>
    private int NeededCount(Sequence sequence)
    {
        var request = sequence.Request;
        if (request is not { KvTransfer: { Source: not null } remote, Pooling: null, PromptLogprobCount: null }
            || !settings.Reads || sequence.GeneratedCount > 0)
            return 0;
        var offered = Math.Min(request.PromptTokenIds.Length, (long)remote.RemoteBlocks.Length * blockSizeTokens);
        return (int)Math.Min(offered, request.PromptTokenIds.Length - 1);
    }

    private bool Hands(Sequence sequence) => settings.IsRead && sequence.Request.KvTransfer is { IsForRemoteDecode: true };

    private KvOffer Offer(Sequence sequence)
    {
        var blocks = PromptBlocks(sequence);
        return new KvOffer(KeyOf(sequence), PromptDigest.Of(sequence.Request, blocks), blocks);
    }

    private void Release(Sequence sequence)
    {
        if (sequence.Request.KvTransfer?.Source is { } source && settings.Reads)
            _newLoads.Add(new KvLoad(sequence.Id, source, "", [], []));
    }

    private ImmutableArray<int> PromptBlocks(Sequence sequence) =>
        sequence.Blocks[..BlockCount(sequence.Request.PromptTokenIds.Length)];

    private int BlockCount(int positionCount) => (positionCount + blockSizeTokens - 1) / blockSizeTokens;

    private static string KeyOf(Sequence sequence) => sequence.Request.RequestId;
}
