using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>A rank's transfers over TCP: one thread a peer, so no step waits for a transfer.</summary>
internal sealed class SocketTransferLane : ITransferLane
{
    private const int PeerCountMax = 64;

    private readonly TransferLaneSettings _settings;
    private readonly TimeProvider _time;
    private readonly TransferOffers _offers;
    private readonly TransferNews _news;
    private readonly TransferServer? _server;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, TransferPeer> _peers = new(StringComparer.Ordinal);

    /// <summary>Listens, where the rank is to be read.</summary>
    /// <exception cref="TransferLaneException">The address or the port cannot be used.</exception>
    public SocketTransferLane(TransferLaneSettings settings, TransferMemory memory, Action wake, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _offers = new TransferOffers(memory.Regions);
        _news = new TransferNews(wake);
        if (settings.Port is null)
            return;
        _server = TransferServer.Start(settings, memory, _offers, _news, time);
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{_server.Port}");
    }

    public string Endpoint { get; } = "";

    public void Offer(string key, string digest, ImmutableArray<int> blocks) => _offers.Open(key, digest, blocks);

    public void Withdraw(string key) => _offers.Close(key);

    public void WithdrawAll() => _offers.CloseAll();

    public void Read(TransferRead read)
    {
        if (PeerAt(read.Endpoint) is { } peer)
            peer.Read(read);
        else
            _news.Add(new TransferEnd(read.Id, 0, $"{PeerCountMax} other peers are read from already"));
    }

    public void Notify(string endpoint, string key) => PeerAt(endpoint)?.Notify(key);

    public void CancelReads()
    {
        TransferPeer[] peers;
        lock (_lock)
        {
            peers = [.. _peers.Values];
            _peers.Clear();
        }
        foreach (var peer in peers)
            peer.Dispose();
    }

    public TransferBatch Take() => _news.Take();

    public void Dispose()
    {
        CancelReads();
        _server?.Dispose();
    }

    // When there are too many, those that are not in use make room: a connection is dialed in milliseconds.
    private TransferPeer? PeerAt(string endpoint)
    {
        lock (_lock)
        {
            if (_peers.TryGetValue(endpoint, out var known))
                return known;
            if (_peers.Count >= PeerCountMax)
            {
                foreach (var (name, idle) in _peers.Where(one => one.Value.IsIdle).ToList())
                {
                    _peers.Remove(name);
                    idle.Dispose();
                }
            }
            if (_peers.Count >= PeerCountMax)
                return null;
            var peer = new TransferPeer(endpoint, _settings, _news, _time);
            _peers.Add(endpoint, peer);
            return peer;
        }
    }
}
