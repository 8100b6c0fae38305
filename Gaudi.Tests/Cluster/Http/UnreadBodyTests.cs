using System.Net.Sockets;
using System.Text;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>
/// A client that sends all it has before it listens hears a refusal that came before its body was read, and may ask again on
/// the same connection.
/// </summary>
public sealed class UnreadBodyTests
{
    private const int BodyBytes = 12 << 20; // More than the sockets' buffers hold.

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("/v1/completions", "application/json", "k", false, "HTTP/1.1 413")]
    [InlineData("/v1/completions", "application/json", "k", true, "HTTP/1.1 413")]
    [InlineData("/v1/completions", "text/plain", "k", false, "HTTP/1.1 400")]
    [InlineData("/v1/completions", "application/json", "wrong", false, "HTTP/1.1 401")]
    [InlineData("/v1/nothing", "application/json", "k", true, "HTTP/1.1 404")]
    [InlineData("/v1/models", "application/json", "k", false, "HTTP/1.1 405")]
    public async Task Refusal_reaches_who_sends_all_before_listening(
        string path, string contentType, string key, bool isChunked, string status)
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { BodyBytesMax = 1000, ApiKeys = ApiKeys.Of(["k"]) });
        using var client = new TcpClient();
        await client.ConnectAsync(server.Server.Url.Host, server.Server.Url.Port);
        await using var stream = client.GetStream();
        var length = isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {BodyBytes}";
        await SendAsync(stream, $"""
            POST {path} HTTP/1.1
            Host: x
            Content-Type: {contentType}
            Authorization: Bearer {key}
            {length}


            """);
        if (isChunked)
            await SendAsync(stream, $"{BodyBytes:x}\n");
        await stream.WriteAsync(new byte[BodyBytes]).AsTask().WaitAsync(Patience);
        if (isChunked)
            await SendAsync(stream, "\n0\n\n");
        // The second request: its answer says that the connection was not in doubt.
        await SendAsync(stream, "GET /health HTTP/1.1\nHost: x\nConnection: close\n\n");
        var answers = await new StreamReader(stream).ReadToEndAsync().WaitAsync(Patience);
        Assert.StartsWith(status, answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200", answers, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Requests);
    }

    private static async Task SendAsync(NetworkStream stream, string lines) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(lines.ReplaceLineEndings("\r\n")));
}
