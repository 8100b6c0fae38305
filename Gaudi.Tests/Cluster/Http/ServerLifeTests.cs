using System.Net;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class ServerLifeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Port_in_use_is_one_sentence_and_leaves_nothing_behind()
    {
        await using var first = await ServerUnderTest.StartAsync();
        var port = first.Server.Url.Port;
        var refused = await Assert.ThrowsAsync<HttpServerStartException>(
            () => ServerUnderTest.StartAsync(settings => settings with { Port = port }));
        Assert.Equal(
            $"expected port {port} of 127.0.0.1 to be free for HTTP, but another program listens there; "
            + "stop it or choose another with --port", refused.Message);
        await first.DisposeAsync();
        await using var second = await ServerUnderTest.StartAsync(settings => settings with { Port = port });
        Assert.Equal(port, second.Server.Url.Port);
    }

    [Theory]
    [InlineData("127.0.0.1", 65536, "expected an HTTP port from 0 to 65535, got 65536; choose another with --port")]
    [InlineData("127.0.0.1", -1, "expected an HTTP port from 0 to 65535, got -1; choose another with --port")]
    [InlineData(
        "192.0.2.1", 0,
        "expected `192.0.2.1` to be an address of this machine, but it is not; choose another with --host")]
    [InlineData(
        "no such host", 0,
        "expected an address of this machine to listen on, got `no such host`, which no name server knows; "
        + "choose another with --host")]
    public async Task Address_that_cannot_be_listened_on_is_one_sentence(string host, int port, string message)
    {
        var refused = await Assert.ThrowsAsync<HttpServerStartException>(
            () => ServerUnderTest.StartAsync(_ => new HttpServerSettings(host, port)));
        Assert.Equal(message, refused.Message);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.2", "127.0.0.2")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    public async Task Url_is_one_that_clients_of_this_machine_can_use(string host, string urlHost)
    {
        await using var server = await ServerUnderTest.StartAsync(_ => new HttpServerSettings(host, 0));
        Assert.Equal(urlHost, server.Server.Url.Host);
        Assert.NotEqual(0, server.Server.Url.Port);
        using var response = await server.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Stop_ends_open_streams_with_abort_and_takes_no_more()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.HangAt(3);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent("""{"prompt":"a","stream":true}""", null, "application/json");
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Contains("\"text\":\"h\"", await reader.ReadLineAsync(), StringComparison.Ordinal);
        var stopping = server.Server.StopAsync();
        var frames = Frames.Of("data: {}\n" + await reader.ReadToEndAsync().WaitAsync(Deadline));
        Assert.Equal("abort", (string?)frames[^1]["choices"]![0]!["finish_reason"]);
        await server.Engine.Cancelled;
        await stopping.WaitAsync(Deadline);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Client.GetAsync("/health"));
    }

    [Fact]
    public async Task Stop_does_not_wait_for_an_engine_that_does_not_listen()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { StopTimeoutMs = 100 });
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var deaf = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Engine.Before = (_, _, _) =>
        {
            reached.TrySetResult();
            return deaf.Task;
        };
        var asking = server.PostAsync("/v1/completions", """{"prompt":"a"}""");
        await reached.Task.WaitAsync(Deadline);
        await server.Server.StopAsync().WaitAsync(Deadline);
        await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        deaf.SetResult();
    }
}
