using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Connections that end at any byte of the request or of the answer, slow senders, and lengths that lie.</summary>
public sealed class CutConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string Body = """{"prompt":"a","stream":true,"max_tokens":5,"n":2,"temperature":1}""";

    private static string Request(string headers) =>
        $"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{Body}";

    private static async Task<NetworkStream> ConnectAsync(ServerUnderTest server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Url.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    // Zero when every request that began has left; asked until then, because nothing tells when a connection's end was seen.
    private static async Task AssertNothingIsOpenAsync(ServerUnderTest server)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while ((int)JsonNode.Parse(await server.Client.GetStringAsync("/load"))!["server_load"]! > 0 || server.Engine.OpenCount > 0)
            await timer.WaitForNextTickAsync(patience.Token);
    }

    [Fact]
    public async Task Request_cut_at_any_byte_leaves_nothing_open()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var bytes = Encoding.ASCII.GetBytes(Request($"Content-Length: {Body.Length}"));
        for (var count = 0; count < bytes.Length; count += 3)
        {
            await using var connection = await ConnectAsync(server);
            await connection.WriteAsync(bytes.AsMemory(0, count));
        }
        await AssertNothingIsOpenAsync(server);
        Assert.Equal("hello", (string?)(await server.CompleteJsonAsync("\"prompt\":\"a\""))["choices"]![0]!["text"]);
    }

    [Fact]
    public async Task Answer_left_at_any_byte_leaves_nothing_open()
    {
        await using var server = await ServerUnderTest.StartAsync();
        // Long enough that the answer goes on when the reader has gone.
        server.Engine.Script = _ => TinyText.Ids(new string('h', 60));
        var bytes = Encoding.ASCII.GetBytes(Request($"Content-Length: {Body.Length}").Replace(":5,", ":60,", StringComparison.Ordinal)
            .Replace($"{Body.Length}", $"{Body.Length + 1}", StringComparison.Ordinal));
        for (var count = 1; count < 3000; count += 97)
        {
            await using var connection = await ConnectAsync(server);
            await connection.WriteAsync(bytes);
            await connection.ReadExactlyAsync(new byte[count]).AsTask().WaitAsync(Patience);
        }
        await AssertNothingIsOpenAsync(server);
    }

    [Fact]
    public async Task Body_that_comes_byte_by_byte_is_a_body()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var connection = await ConnectAsync(server);
        foreach (var one in Encoding.ASCII.GetBytes(Request($"Content-Length: {Body.Length}\r\nConnection: close")))
            await connection.WriteAsync(new[] { one });
        var answer = await new StreamReader(connection).ReadToEndAsync().WaitAsync(Patience);
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("[DONE]", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 10")] // Less than there is: the rest is no request.
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: x")]
    [InlineData("Transfer-Encoding: chunked")] // The body is no chunk.
    public async Task Length_that_lies_is_a_bad_request(string header)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var connection = await ConnectAsync(server);
        await connection.WriteAsync(Encoding.ASCII.GetBytes(Request(header)));
        var line = await new StreamReader(connection).ReadLineAsync().WaitAsync(Patience);
        Assert.StartsWith("HTTP/1.1 400", line, StringComparison.Ordinal);
        await AssertNothingIsOpenAsync(server);
    }

    [Theory]
    [InlineData("\"prompt\":\"{0}\"")]
    [InlineData("\"prompt\":[[{1}]]")]
    public async Task Prompt_of_ten_megabytes_is_too_long(string field)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var text = field.Replace("{0}", new string('a', 10_000_000), StringComparison.Ordinal)
            .Replace("{1}", "1" + string.Concat(Enumerable.Repeat(",1", 5_000_000)), StringComparison.Ordinal);
        using var response = await server.PostAsync("/v1/completions", $"{{{text}}}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("maximum context length", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Engine.Requests);
    }
}
