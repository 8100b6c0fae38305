using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A client that is too slow is waited for as long as the limits say; nobody else waits.</summary>
public sealed class SlowClientTests
{
    private const int TokenCount = 1_000_000;
    private const int StallSeconds = 30;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Reader_of_one_byte_a_second_is_ended_after_the_stall_timeout_and_nobody_else()
    {
        var time = new SteppedTime();
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { StallTimeoutMs = StallSeconds * 1000 }, model => model with { ContextTokensMax = TokenCount + 10 },
            time: time);
        var (lastIndex, lastMoved) = (0, 0L);
        server.Engine.Script = request => request.TokensMax == TokenCount ? new int[TokenCount] : TinyText.Ids("hello");
        server.Engine.Before = (request, index, _) =>
        {
            if (request.TokensMax == TokenCount)
                (lastIndex, lastMoved) = (index, time.GetTimestamp());
            return Task.CompletedTask;
        };
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };
        await socket.ConnectAsync(server.Server.Url.Host, server.Server.Url.Port);
        await socket.SendAsync(Request($$"""{"prompt":"a","stream":true,"ignore_eos":true,"max_tokens":{{TokenCount}}}"""));
        await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        var cancelled = server.Engine.Cancelled;
        while (!cancelled.IsCompleted)
        {
            await ReadOneAsync(socket);
            time.Step(TimeSpan.FromSeconds(1));
            Assert.Equal("hello", (string?)(await server.CompleteJsonAsync("\"prompt\":\"b\""))["choices"]![0]!["text"]);
        }
        await cancelled;
        await server.Engine.Idle;
        // From when the engine gave its last token: one may still be taken while the one before it stalls at the socket, a step of the
        // clock after the stall began; and a few seconds pass at the end.
        Assert.InRange(time.GetElapsedTime(lastMoved).TotalSeconds, StallSeconds - 1, 2 * StallSeconds);
        Assert.InRange(lastIndex, 1, TokenCount / 2);
    }

    // Kestrel's own limit, 240 bytes a second after 5 s: the one wait for real seconds, because its clock cannot be given.
    [Fact]
    public async Task Body_that_does_not_go_on_is_a_timeout_in_the_form_of_all_errors()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Server.Url.Host, server.Server.Url.Port);
        await socket.SendAsync(Request("""{"prompt":"a"}""")[..^1]);
        await using var stream = new NetworkStream(socket);
        var answer = await new StreamReader(stream).ReadToEndAsync().WaitAsync(Patience);
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        var error = JsonNode.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])!["error"]!;
        Assert.Equal(("RequestTimeoutError", 408), ((string?)error["type"], (int)error["code"]!));
        Assert.Empty(server.Engine.Requests);
    }

    // One byte, where there is one: a window that was shut opens in real seconds, which are not waited for.
    private static async Task ReadOneAsync(Socket socket)
    {
        try
        {
            if (socket.Available > 0)
                await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        }
        catch (SocketException)
        {
            // The server has ended the connection: its engine is about to hear of it.
        }
    }

    private static byte[] Request(string body) => Encoding.ASCII.GetBytes(
        $"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
}
