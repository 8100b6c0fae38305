using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1:4053", "127.0.0.1", 4053)]
    [InlineData("gaudi-1.lan:1", "gaudi-1.lan", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    public void Reads_what_it_writes(string text, string host, int port)
    {
        var parsed = HostPort.Parse(text);
        Assert.Equal(new HostPort(host, port), parsed);
        Assert.Equal(text, parsed!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("4053")]
    [InlineData(":4053")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host: 1")]
    [InlineData("::1:4053")]
    [InlineData("[]:1")]
    public void What_is_no_host_and_port_is_refused(string text) => Assert.Null(HostPort.Parse(text));
}
