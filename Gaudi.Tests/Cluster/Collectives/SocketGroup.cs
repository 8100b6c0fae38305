using System.Collections.Immutable;
using System.Net;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Hpu.Collectives;

namespace Gaudi.Tests.Cluster.Collectives;

/// <summary>Listeners on loopback, one a rank, and the groups among them.</summary>
internal sealed class SocketGroup : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<SocketCollectiveListener> _listeners = [];

    public IReadOnlyList<SocketCollectiveListener> Listeners => _listeners;

    public static SocketCollectiveSettings Settings(int port = 0) => new(
        IPAddress.Loopback, port, Patience, RetryDelay: TimeSpan.FromMilliseconds(10), HandshakeTimeout: TimeSpan.FromSeconds(5),
        AcceptRetryDelay: TimeSpan.FromMilliseconds(10));

    public static SocketCollectiveListener Listen(string address = "127.0.0.1", TimeSpan? connectTimeout = null) =>
        SocketCollectiveListener.Start(
            Settings() with { Address = IPAddress.Parse(address), ConnectTimeout = connectTimeout ?? Patience },
            TimeProvider.System);

    public void Listen(int count)
    {
        while (_listeners.Count < count)
            _listeners.Add(Listen());
    }

    public GroupAddress Address(int rank, int worldSize, long epoch, string token = "secret") => new(
        "group", epoch, rank, [.. _listeners.Take(worldSize).Select(listener => listener.Endpoint)], token);

    public Task<ICollective> ConnectAsync(int rank, int worldSize, long epoch, CancellationToken abort = default) =>
        RankThreads.Start(() => _listeners[rank].Connect(Address(rank, worldSize, epoch), abort));

    public IReadOnlyList<ICollective> Connect(int worldSize, long epoch)
    {
        Listen(worldSize);
        var ranks = Enumerable.Range(0, worldSize).Select(rank => ConnectAsync(rank, worldSize, epoch)).ToArray();
        return [.. Task.WhenAll(ranks).GetAwaiter().GetResult()];
    }

    public void Dispose()
    {
        foreach (var listener in _listeners)
            listener.Dispose();
    }
}
