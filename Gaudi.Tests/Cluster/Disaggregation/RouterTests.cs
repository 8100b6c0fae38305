using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Disaggregation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gaudi.Tests.Cluster.Disaggregation;

public sealed class RouterTests
{
    private const string Handed = """{"do_remote_prefill":true,"remote_engine_id":"e"}""";

    private static Task<Router> RouteAsync(Uri prefill, Uri decode) => Router.StartAsync(
        new RouterSettings("127.0.0.1", 0, [prefill], [decode], 10_000, TimeSpan.FromSeconds(5)), NullLoggerFactory.Instance, default);

    private static HttpRequestMessage Post(Router router, string body, string path = "/v1/completions")
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(router.Url, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "key");
        return message;
    }

    [Fact]
    public async Task Prompt_goes_to_one_server_and_its_answer_is_streamed_from_the_other()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var prefill = await ScriptedServer.StartAsync(http => http.Response.WriteAsync($$"""{"kv_transfer_params":{{Handed}}}"""));
        await using var decode = await ScriptedServer.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers["X-Request-Id"] = "given";
            await http.Response.WriteAsync("data: 1\n\n");
            await http.Response.Body.FlushAsync();
            await goOn.Task;
            await http.Response.WriteAsync("data: [DONE]\n\n");
        });
        await using var router = await RouteAsync(prefill.Url, decode.Url);
        using var client = new HttpClient();
        using var answer = await client.SendAsync(
            Post(router, """{"prompt":"a","stream":true,"max_tokens":9}"""), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(("text/event-stream", "given"), (
            answer.Content.Headers.ContentType!.ToString(), answer.Headers.GetValues("X-Request-Id").Single()));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync()); // While the rest has not come.
        goOn.SetResult();
        Assert.Equal("\ndata: [DONE]\n\n", await reader.ReadToEndAsync());

        var (what, body, authorization) = Assert.Single(prefill.Asked);
        Assert.Equal(("POST /v1/completions", "Bearer key"), (what, authorization));
        Assert.Equal(1, (int)JsonNode.Parse(body)!["max_tokens"]!);
        (what, body, authorization) = Assert.Single(decode.Asked);
        Assert.Equal("Bearer key", authorization);
        Assert.Equal($$"""{"prompt":"a","stream":true,"max_tokens":9,"kv_transfer_params":{{Handed}}}""", body);
    }

    [Theory]
    [InlineData("error")]
    [InlineData("nothing kept")]
    [InlineData("no JSON")]
    [InlineData("gone")]
    public async Task What_the_prefill_server_does_not_do_the_decode_server_does_alone(string how)
    {
        var prefill = await ScriptedServer.StartAsync(http =>
        {
            http.Response.StatusCode = how == "error" ? 503 : 200;
            return http.Response.WriteAsync(how == "no JSON" ? "<html>" : "{}");
        });
        if (how == "gone")
            await prefill.DisposeAsync();
        await using var decode = await ScriptedServer.StartAsync(http => http.Response.WriteAsync("answer"));
        await using var router = await RouteAsync(prefill.Url, decode.Url);
        using var client = new HttpClient();
        using var answer = await client.SendAsync(Post(router, """{"prompt":"a"}"""));
        Assert.Equal("answer", await answer.Content.ReadAsStringAsync());
        Assert.Equal("""{"prompt":"a"}""", Assert.Single(decode.Asked).Body);
        await prefill.DisposeAsync();
    }

    [Fact]
    public async Task Everything_else_is_the_decode_servers()
    {
        await using var prefill = await ScriptedServer.StartAsync(_ => Task.CompletedTask);
        await using var decode = await ScriptedServer.StartAsync(http =>
        {
            http.Response.StatusCode = 418;
            http.Response.Headers.RetryAfter = "7";
            return http.Response.WriteAsync("tea");
        });
        await using var router = await RouteAsync(prefill.Url, decode.Url);
        using var client = new HttpClient { BaseAddress = router.Url };
        using var health = await client.GetAsync("/health?x=1");
        Assert.Equal((418, "tea", "7"), ((int)health.StatusCode, await health.Content.ReadAsStringAsync(), health.Headers.RetryAfter!.ToString()));
        using var twice = await client.SendAsync(Post(router, """{"prompt":"a","n":2}"""));
        using var broken = await client.SendAsync(Post(router, "{"));
        using var large = await client.SendAsync(Post(router, new string(' ', 10_001)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(["GET /health?x=1", "POST /v1/completions", "POST /v1/completions"], decode.Asked.Select(one => one.What));
        Assert.Empty(prefill.Asked);
    }

    [Fact]
    public async Task Lost_decode_server_is_a_503()
    {
        await using var prefill = await ScriptedServer.StartAsync(http => http.Response.WriteAsync("{}"));
        var decode = await ScriptedServer.StartAsync(_ => Task.CompletedTask);
        await decode.DisposeAsync();
        await using var router = await RouteAsync(prefill.Url, decode.Url);
        using var client = new HttpClient();
        using var answer = await client.SendAsync(Post(router, """{"prompt":"a"}"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("ServiceUnavailableError", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["type"]);
    }
}
