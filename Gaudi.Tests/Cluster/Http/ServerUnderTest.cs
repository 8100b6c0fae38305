using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text;
using Gaudi.Cluster.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The real server on a port the system chose, with a fake engine behind it, and a client.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    public const int ContextTokensMax = 100;

    private ServerUnderTest(HttpServer server)
    {
        Server = server;
        // HttpClient keeps a cancelled response's connection open for 2 s unless told; the server would not see it go.
        var handler = new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero };
        Client = new HttpClient(handler) { BaseAddress = server.Url };
    }

    public HttpServer Server { get; }

    public HttpClient Client { get; }

    public required FakeEngine Engine { get; init; }

    public required FakeReports Reports { get; init; }

    public static async Task<ServerUnderTest> StartAsync(
        Func<HttpServerSettings, HttpServerSettings>? settings = null, Func<ServedModel, ServedModel>? model = null,
        ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var engine = new FakeEngine();
        var reports = new FakeReports();
        var served = new ServedModel(
            "tiny", "/models/tiny", TinyText.Tokenizer, TinyText.ChatMl, ContextTokensMax,
            [TinyText.Eos, TinyText.ImEnd], 1_600_000_000);
        var server = await HttpServer.StartAsync(
            settings?.Invoke(new HttpServerSettings("127.0.0.1", 0)) ?? new HttpServerSettings("127.0.0.1", 0),
            model?.Invoke(served) ?? served, engine, reports, time ?? new FixedTime(), new CountedNumbers(), loggers,
            CancellationToken.None);
        return new ServerUnderTest(server) { Engine = engine, Reports = reports };
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json") =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), contentType);

    public async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string contentType = "application/json")
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await Client.PostAsync(path, content);
    }

    public Task<string> CompleteAsync(string fields) =>
        TextAsync("/v1/completions", $$"""{"model":"tiny",{{fields}}}""");

    public Task<string> ChatAsync(string fields) => TextAsync(
        "/v1/chat/completions", $$"""{"model":"tiny","messages":[{"role":"user","content":"Hi"}],{{fields}}}""");

    public async Task<JsonNode> CompleteJsonAsync(string fields) => JsonNode.Parse(await CompleteAsync(fields))!;

    public async Task<JsonNode> ChatJsonAsync(string fields) => JsonNode.Parse(await ChatAsync(fields))!;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    private async Task<string> TextAsync(string path, string body)
    {
        using var response = await PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
