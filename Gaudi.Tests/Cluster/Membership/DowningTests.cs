using Gaudi.Cluster.Membership;
using Xunit;

namespace Gaudi.Tests.Cluster.Membership;

/// <summary>When a member may be declared dead because its port refuses.</summary>
public sealed class DowningTests
{
    [Theory]
    [InlineData(3, 1, true)]
    [InlineData(3, 2, false)]
    [InlineData(2, 1, false)]
    [InlineData(5, 2, true)]
    [InlineData(5, 3, false)]
    public void Elsewhere_only_those_who_keep_most_votes_may(int voters, int lost, bool isSafe) =>
        Assert.Equal(isSafe, Downing.IsSafe(voters, lost));

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("node-a", "node-b", false)]
    public void Its_own_address_and_loopback_are_this_machine(string self, string other, bool isSame) =>
        Assert.Equal(isSame, Downing.IsSameMachine(self, other));

    [Fact]
    public async Task A_port_listens_refuses_or_is_silent()
    {
        var limit = TimeSpan.FromSeconds(20);
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal(PortState.Listening, await PortProbe.LookAsync("127.0.0.1", port, limit));
        listener.Stop();
        Assert.Equal(PortState.Refused, await PortProbe.LookAsync("127.0.0.1", port, limit));
        // What says nothing of a process: here a host that cannot be found.
        Assert.Equal(PortState.Silent, await PortProbe.LookAsync("gaudi.invalid", port, limit));
    }
}
