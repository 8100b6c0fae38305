using System.Net.Sockets;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Cluster.Collectives;

public sealed class HandshakeTests : IDisposable
{
    private const int Seed = 20_261_127;
    private readonly SocketGroup _group = new();

    public void Dispose() => _group.Dispose();

    [Fact]
    public void Strangers_do_not_disturb_a_group()
    {
        _group.Listen(2);
        var random = new Random(Seed);
        var strangers = new List<Socket>();
        for (var i = 0; i < 12; i++)
        {
            var stranger = RawPeer.Dial(_group.Listeners[0].Endpoint);
            strangers.Add(stranger);
            var junk = new byte[random.Next(0, 400)];
            random.NextBytes(junk);
            if (i % 3 == 0)
                Hello.Create("group", 1, 1, 0, 2).Bytes.AsSpan(0, 6).CopyTo(junk.AsSpan(0, Math.Min(6, junk.Length)));
            if (junk.Length > 0) // Else it stays silent.
                stranger.Send(junk);
        }
        var ranks = _group.Connect(2, 1);
        Assert.Equal(2, ranks.Count);
        foreach (var socket in strangers)
            socket.Dispose();
    }

    [Fact]
    public void Stranger_that_says_nothing_is_let_go_after_the_handshake_timeout()
    {
        using var listener = SocketCollectiveListener.Start(
            SocketGroup.Settings() with { HandshakeTimeout = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
        using var stranger = RawPeer.Dial(listener.Endpoint);
        stranger.ReceiveTimeout = (int)SocketGroup.Patience.TotalMilliseconds;
        Assert.Equal(0, ReceiveUntilClosed(stranger));
    }

    [Fact]
    public async Task Proof_of_another_connection_is_worth_nothing()
    {
        _group.Listen(2);
        using var abort = new CancellationTokenSource();
        var rank0 = _group.ConnectAsync(0, 2, 1, abort.Token);
        using var socket = RawPeer.Dial(_group.Listeners[0].Endpoint);
        socket.Send(Hello.Create("group", 1, 1, 0, 2).Bytes);
        Handshake.ReceiveExactly(socket, new byte[1 + Hello.NonceBytes + 32]);
        socket.Send(new byte[32]); // No proof under this nonce.
        Assert.Equal(0, ReceiveUntilClosed(socket));
        Assert.False(rank0.IsCompleted);
        using var real = await _group.ConnectAsync(1, 2, 1); // The place is still free.
        using var other = await rank0;
    }

    [Fact]
    public async Task Listener_that_does_not_know_the_token_is_left()
    {
        _group.Listen(2);
        using var impostor = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        impostor.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        impostor.Listen();
        var group = _group.Address(1, 2, 1) with
        {
            Endpoints = [impostor.LocalEndPoint!.ToString()!, _group.Listeners[1].Endpoint],
        };
        var connecting = Hpu.Collectives.RankThreads.Start(() => _group.Listeners[1].Connect(group, default));
        using var accepted = impostor.Accept();
        var hello = Hello.Receive(accepted);
        Assert.Equal(("group", 1L, 1, 0, 2), (hello.GroupId, hello.Epoch, hello.FromRank, hello.ToRank, hello.WorldSize));
        accepted.Send([1, .. new byte[Hello.NonceBytes + 32]]);
        var error = await Assert.ThrowsAsync<CollectiveAbortedException>(() => connecting);
        Assert.Contains("it has another token for this group", error.Message);
        Assert.Equal(0, ReceiveUntilClosed(accepted)); // Nothing was sent to it after that.
    }

    [Fact]
    public void Hello_survives_the_way()
    {
        var sent = Hello.Create("grüppe/0", long.MaxValue, 7, 3, 8);
        Assert.Equal(42 + 9, sent.Bytes.Length);
        Assert.NotEqual(sent.Bytes, Hello.Create("grüppe/0", long.MaxValue, 7, 3, 8).Bytes); // Another nonce.
    }

    private static int ReceiveUntilClosed(Socket socket)
    {
        var count = 0;
        try
        {
            while (socket.Receive(new byte[1]) > 0)
                count++;
        }
        catch (SocketException)
        {
            // Reset is closed, too.
        }
        return count;
    }
}
