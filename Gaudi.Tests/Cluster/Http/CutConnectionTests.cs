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

    private static async Task<NetworkStream> ConnectAsync(ServerUnderTest server, bool isReset = true)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(isReset, 0) };
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Url.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    // What comes until the connection ends, well or not.
    private static async Task<string> RestAsync(NetworkStream connection)
    {
        using var read = new MemoryStream();
        try
        {
            await connection.CopyToAsync(read).WaitAsync(Patience);
        }
        catch (IOException)
        {
            // Reset: what came before is the answer.
        }
        return Encoding.UTF8.GetString(read.ToArray());
    }

    // Zero when every request that began has left; asked until then, because nothing tells when a connection's end was seen.
    private static Task AssertNothingIsOpenAsync(ServerUnderTest server) => Eventually.ReadAsync(
        async () => (int)JsonNode.Parse(await server.Client.GetStringAsync("/load"))!["server_load"]!,
        load => load == 0 && server.Engine.OpenCount == 0, Patience);

    // A connection that is reset, and one whose sender has said all it will: that one still reads, and may be told.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_cut_at_any_byte_is_refused_and_leaves_nothing_open(bool isReset)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var bytes = Encoding.ASCII.GetBytes(Request($"Content-Length: {Body.Length}"));
        for (var count = 0; count < bytes.Length; count++)
        {
            await using var connection = await ConnectAsync(server);
            await connection.WriteAsync(bytes.AsMemory(0, count));
            if (isReset)
                continue;
            connection.Socket.Shutdown(SocketShutdown.Send);
            var answer = await RestAsync(connection);
            Assert.True(answer == "" || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), $"{count} bytes: {answer}");
        }
        await AssertNothingIsOpenAsync(server);
        Assert.Empty(server.Engine.Requests);
        Assert.Equal("hello", (string?)(await server.CompleteJsonAsync("\"prompt\":\"a\""))["choices"]![0]!["text"]);
    }

    [Fact]
    public async Task Sender_that_has_said_all_is_answered_whole_or_counts_as_gone()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var connection = await ConnectAsync(server);
        var body = Body.Replace("true", "null", StringComparison.Ordinal);
        await connection.WriteAsync(
            Encoding.ASCII.GetBytes(Request($"Content-Length: {Body.Length}").Replace(Body, body, StringComparison.Ordinal)));
        connection.Socket.Shutdown(SocketShutdown.Send);
        var answer = await RestAsync(connection);
        Assert.True(answer == "" || answer.Contains("\"finish_reason\"", StringComparison.Ordinal), answer);
        await AssertNothingIsOpenAsync(server);
    }

    // The engine stops in the middle of both choices until it is told to end them: nothing else lets it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_left_at_any_byte_is_cancelled_and_leaves_nothing_open(bool isReset)
    {
        const int HeldAt = 20;
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids(new string('h', 60));
        server.Engine.HangAt(HeldAt);
        var body = Body.Replace(":5,", ":60,", StringComparison.Ordinal);
        var bytes = Encoding.ASCII.GetBytes(Request($"Content-Length: {body.Length}").Replace(Body, body, StringComparison.Ordinal));
        var leaverCount = 0;
        for (var count = 1; count < 3000; count += 97, leaverCount++)
        {
            await using (var connection = await ConnectAsync(server, isReset))
            {
                await connection.WriteAsync(bytes);
                await connection.ReadExactlyAsync(new byte[count]).AsTask().WaitAsync(Patience);
                Assert.True(server.Engine.OpenCount > 0);
            }
            await server.Engine.Idle;
        }
        Assert.Equal(2 * leaverCount, server.Engine.Requests.Count);
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
