using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A client that goes away cancels the engine's work at once, wherever the request stands.</summary>
public sealed class DisconnectTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("/v1/completions", "\"prompt\":\"a\"", false, 0)]
    [InlineData("/v1/completions", "\"prompt\":\"a\"", false, 3)]
    [InlineData("/v1/completions", "\"prompt\":\"a\"", true, 0)]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]", true, 3)]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":3", false, 3)]
    public async Task Engine_is_cancelled_when_the_client_gives_up(
        string path, string fields, bool isStreamed, int hangAt)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Engine.Before = (_, index, cancellation) => Reach(index, cancellation);
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(
            $"{{{fields},\"stream\":{(isStreamed ? "true" : "false")}}}", Encoding.UTF8, "application/json");
        var asking = server.Client.SendAsync(request, leaving.Token);
        await reached.Task.WaitAsync(Deadline);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await server.Engine.Cancelled;
        await StillServesAsync(server);

        Task Reach(int index, CancellationToken cancellation)
        {
            if (index != hangAt)
                return Task.CompletedTask;
            reached.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancellation);
        }
    }

    // No frame is on its way while a call is held back, and still the leaving is seen.
    [Theory]
    [InlineData("\"n\":3", 3)]
    [InlineData("\"n\":3,\"tool_choice\":\"auto\"", 30)]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", 12)]
    public async Task Every_choice_of_a_stream_is_cancelled_when_the_client_gives_up(string fields, int hangAt)
    {
        await using var server = await Tools.ToolServer.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":1}}</tool_call>");
        var choiceCount = fields.Contains("\"n\":3", StringComparison.Ordinal) ? 3 : 1;
        var reached = new CountdownEvent(choiceCount);
        var (allReached, allCancelled) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var cancelledCount = 0;
        server.Engine.Before = (_, index, cancellation) => index == hangAt ? Hang(cancellation) : Task.CompletedTask;
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Content = new StringContent(
            $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"a\"}}],{Tools.ToolServer.Tools},{fields},\"stream\":true}}", Encoding.UTF8,
            "application/json");
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        var reading = response.Content.ReadAsStringAsync(leaving.Token);
        await allReached.Task.WaitAsync(Deadline);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await allCancelled.Task.WaitAsync(Deadline);
        await StillServesAsync(server);

        async Task Hang(CancellationToken cancellation)
        {
            if (reached.Signal())
                allReached.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                if (Interlocked.Increment(ref cancelledCount) == choiceCount)
                    allCancelled.SetResult();
            }
        }
    }

    [Fact]
    public async Task Engine_is_cancelled_when_the_reader_of_a_stream_closes_its_socket()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.HangAt(3);
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(server.Server.Url.Host, server.Server.Url.Port);
            await PostAsync(socket, """{"prompt":"a","stream":true}""");
            var seen = "";
            var buffer = new byte[4096];
            while (!seen.Contains("\"text\":\"l\"", StringComparison.Ordinal))
            {
                var count = await socket.ReceiveAsync(buffer).WaitAsync(Deadline);
                Assert.NotEqual(0, count);
                seen += Encoding.UTF8.GetString(buffer, 0, count);
            }
        }
        await server.Engine.Cancelled;
        await StillServesAsync(server);
    }

    [Fact]
    public async Task Engine_is_held_back_and_then_cancelled_when_the_reader_of_a_stream_reads_nothing()
    {
        const int TokenCount = 1_000_000;
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { StallTimeoutMs = 200 },
            model => model with { ContextTokensMax = TokenCount + 10 });
        server.Engine.Script = _ => new int[TokenCount];
        var lastIndex = 0;
        server.Engine.Before = (_, index, _) =>
        {
            lastIndex = index;
            return Task.CompletedTask;
        };
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Server.Url.Host, server.Server.Url.Port);
        await PostAsync(socket, $$"""{"prompt":"a","stream":true,"ignore_eos":true,"max_tokens":{{TokenCount}}}""");
        await server.Engine.Cancelled;
        Assert.InRange(lastIndex, 1, TokenCount / 2);
        await StillServesAsync(server);
    }

    private static async Task PostAsync(Socket socket, string body) => await socket.SendAsync(Encoding.ASCII.GetBytes(
        "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {body.Length}\r\n\r\n{body}"));

    private static async Task StillServesAsync(ServerUnderTest server)
    {
        server.Engine.Before = (_, _, _) => Task.CompletedTask;
        server.Engine.Script = _ => TinyText.Ids("hello");
        await server.CompleteAsync("\"prompt\":\"b\"");
    }
}
