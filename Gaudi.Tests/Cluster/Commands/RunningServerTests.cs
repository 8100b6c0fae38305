using System.Net;
using System.Net.Sockets;
using System.Text;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Commands;
using Gaudi.Cluster.Http;
using Gaudi.Tests.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Commands;

public sealed class RunningServerTests
{
    [Fact]
    public async Task Server_that_takes_the_connection_and_says_nothing_is_a_sentence()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var problem = await Assert.ThrowsAsync<CommandException>(() => RunningServer.GetAsync<OpsReport>(
            $"http://{silent.LocalEndpoint}", "/v1/ops", TimeSpan.FromMilliseconds(100), CancellationToken.None));
        Assert.Equal($"http://{silent.LocalEndpoint}/ did not answer within 0.1 s; is it Gaudi, and is it well?", problem.Message);
    }

    [Fact]
    public async Task Page_of_another_server_is_one_line_that_is_not_long()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var answered = AnswerAsync(other, $"<html>\n  <p>no such\tpage</p>\n{new string('x', 1000)}</html>\n");
        var problem = await Assert.ThrowsAsync<CommandException>(() => RunningServer.GetAsync<OpsReport>(
            $"http://{other.LocalEndpoint}", "/v1/ops", TimeSpan.FromSeconds(30), CancellationToken.None));
        await answered;
        Assert.StartsWith(
            $"expected the report of http://{other.LocalEndpoint}/v1/ops, came status 404: <html> <p>no such page</p> xxx",
            problem.Message, StringComparison.Ordinal);
        Assert.InRange(problem.Message.Length, 200, 300);
    }

    private static async Task AnswerAsync(TcpListener server, string body)
    {
        using var client = await server.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 404 Not Found\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
    }

    [Fact]
    public async Task Key_is_taken_along()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { ApiKeys = ApiKeys.Of(["k"]) });
        var url = server.Server.Url.ToString();
        var report = await RunningServer.GetAsync<OpsReport>(url, "/v1/ops", TimeSpan.FromSeconds(30), CancellationToken.None, "k");
        Assert.Equal("ab", report.Digest);
        var problem = await Assert.ThrowsAsync<CommandException>(() => RunningServer.GetAsync<OpsReport>(
            url, "/v1/ops", TimeSpan.FromSeconds(30), CancellationToken.None, "secret"));
        Assert.Equal($"{url} expects an API key, came another; give it with --api-key or GAUDI_API_KEY", problem.Message);
        var wrong = await Assert.ThrowsAsync<CommandException>(() => RunningServer.GetAsync<OpsReport>(
            url, "/v1/ops", TimeSpan.FromSeconds(30), CancellationToken.None, "two words"));
        Assert.Equal(
            "GAUDI_API_KEY expects visible ASCII characters without blanks, at least one; set another key", wrong.Message);
    }

    [Fact]
    public async Task Question_takes_the_key_along()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { ApiKeys = ApiKeys.Of(["k"]) });
        var answer = new StringWriter();
        await AnswerStream.CopyAsync(server.Server.Url, "k", "tiny", "Hi", answer, CancellationToken.None);
        Assert.Equal("hello", answer.ToString().Trim());
        await Assert.ThrowsAsync<CommandException>(
            () => AnswerStream.CopyAsync(server.Server.Url, null, "tiny", "Hi", answer, CancellationToken.None));
    }

    [Fact]
    public async Task Asking_that_is_cancelled_is_no_answer_about_the_server()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunningServer.GetAsync<OpsReport>(
            "http://127.0.0.1:1", "/v1/ops", TimeSpan.FromSeconds(30), cancelled.Token));
    }
}
