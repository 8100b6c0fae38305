using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>
/// Reads blocks of a finished prompt rank to rank over a transfer lane. A load that succeeds tells the peer, which frees its
/// blocks; one that fails leaves the first blocks valid that came whole.
/// </summary>
/// <remarks>Source: op-modules 4.2. In tree every block is a part by itself.</remarks>
[OpName("NixlConnector", "nixl_connector")]
public class NixlConnector(OpSpec spec) : KvConnector(spec)
{
    private readonly Dictionary<long, (KvLoad Load, ImmutableArray<BlockRun> Runs)> _running = [];
    private readonly List<KvTransferMeasure> _measures = [];
    private KvCaches? _caches;
    private KvHandshake? _handshake;
    private ITransferLane? _lane;

    /// <inheritdoc />
    protected override BlockRunForward ForwardNative => (local, remote) =>
        [.. local.Zip(remote, (here, there) => new BlockRun(here, there, 1))];

    private ITransferLane Lane => _lane ?? throw new InvariantBrokenException("a connector was used before it had caches");

    /// <inheritdoc />
    public override void RegisterCaches(
        KvCaches caches, KvModelFacts model, int worldSize, ITransferLaneFactory lanes, Action wake)
    {
        Invariant.That(_lane is null, "caches were registered twice");
        var settings = Facts.Settings;
        _caches = caches;
        _handshake = new KvHandshake(
            KvHandshake.CurrentFormat, settings.EngineId, model, worldSize, Facts.Rank, caches.BlockCount,
            [.. caches.Regions.Select(region => region.BaseAddress)], [.. caches.Regions.Select(region => region.BlockBytes)]);
        var bytes = _handshake.ToBytes();
        Invariant.That(bytes.Length <= TransferMemory.MetadataBytesMax, $"a handshake of {bytes.Length} bytes");
        _lane = lanes.Open(
            new TransferLaneSettings(
                settings.Host, settings.IsRead ? settings.Port + Facts.Rank : null, settings.StallTimeout, settings.BytesPerSecond),
            new TransferMemory(caches.Regions, bytes), wake);
    }

    /// <inheritdoc />
    public override void StartLoads(KvTransferStep step)
    {
        foreach (var key in step.Withdrawals)
            Lane.Withdraw(key);
        foreach (var load in step.Loads)
        {
            if (load.LocalBlocks.IsEmpty)
                Lane.Notify(EndpointOf(load.Source, Facts.Rank), load.Source.Key);
            else
                Start(load);
        }
    }

    /// <inheritdoc />
    public override void MakeOffers(KvTransferStep step)
    {
        foreach (var offer in step.Offers)
            Lane.Offer(offer.Key, offer.Digest, offer.Blocks);
    }

    /// <inheritdoc />
    public override KvTransferNews TakeFinished()
    {
        var received = ImmutableArray.CreateBuilder<KvLoaded>();
        var measures = ImmutableArray.CreateBuilder<KvTransferMeasure>();
        var (ended, notices) = Lane.Take();
        foreach (var end in ended)
        {
            if (!_running.Remove(end.Id, out var running))
                continue; // Of an earlier epoch.
            var hasFailed = end.Failure.Length > 0;
            if (hasFailed) // Who succeeds has told already.
                Lane.Notify(EndpointOf(running.Load.Source, Facts.Rank), running.Load.Source.Key);
            received.Add(new KvLoaded(end.Id, Failed(running.Runs, end.PartsDone), end.Failure));
            measures.Add(new KvTransferMeasure(end.Duration, end.Bytes, end.DescriptorCount, hasFailed));
        }
        return new KvTransferNews(notices, received.ToImmutable(), measures.ToImmutable());
    }

    /// <inheritdoc />
    public override void Reset()
    {
        Lane.WithdrawAll();
        Lane.CancelReads();
        _running.Clear();
        while (!Lane.Take().IsEmpty)
        {
            // Nothing is offered and nothing runs, so no more comes.
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool isDisposing)
    {
        _lane?.Dispose();
        _lane = null;
    }

    private void Start(KvLoad load)
    {
        Invariant.That(
            load.LocalBlocks.Length == load.RemoteBlocks.Length,
            $"sequence {load.SequenceId}: {load.RemoteBlocks.Length} blocks for {load.LocalBlocks.Length}");
        var runs = Forward(load.LocalBlocks, load.RemoteBlocks);
        _running.Add(load.SequenceId, (load, runs));
        Lane.Read(new TransferRead(
            load.SequenceId, EndpointOf(load.Source, Facts.Rank), load.Source.Key, load.Digest,
            metadata => PartsOf(load, runs, metadata)));
    }

    // On a thread of the lane: nothing of this object changes while it runs.
    private ImmutableArray<TransferPart> PartsOf(KvLoad load, ImmutableArray<BlockRun> runs, ReadOnlyMemory<byte> metadata)
    {
        var peer = _handshake!.Peer(metadata, load.Source.EngineId);
        if (load.RemoteBlocks.FirstOrDefault(block => (uint)block >= (uint)peer.BlockCount, -1) is var outside and not -1)
            throw new TransferRefusedException($"block {outside} was asked for, the peer has {peer.BlockCount}");
        return Parts(runs, _caches!.Regions, peer.Regions);
    }

    private static ImmutableArray<int> Failed(ImmutableArray<BlockRun> runs, int partsDone) =>
        [.. runs.Skip(partsDone).SelectMany(run => Enumerable.Range(run.FirstLocal, run.Count))];
}
