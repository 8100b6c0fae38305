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

    internal static Task<Router> RouteAsync(Uri prefill, Uri decode, TimeSpan? prefillTimeout = null) => Router.StartAsync(
        new RouterSettings(
            "127.0.0.1", 0, [prefill], [decode], 10_000, TimeSpan.FromSeconds(5), prefillTimeout ?? TimeSpan.FromSeconds(20)),
        NullLoggerFactory.Instance, default);

    internal static HttpRequestMessage Post(Router router, string body, string path = "/v1/completions")
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
    [InlineData("503")]
    [InlineData("404")]
    [InlineData("400")]
    [InlineData("nothing kept")]
    [InlineData("no JSON")]
    [InlineData("gone")]
    public async Task What_the_prefill_server_does_not_do_the_decode_server_does_alone(string how)
    {
        var prefill = await ScriptedServer.StartAsync(http =>
        {
            http.Response.StatusCode = int.TryParse(how, out var status) ? status : 200;
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
    public async Task Prefill_server_that_takes_too_long_is_done_without()
    {
        await using var prefill = await ScriptedServer.StartAsync(http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        await using var decode = await ScriptedServer.StartAsync(http => http.Response.WriteAsync("answer"));
        await using var router = await RouteAsync(prefill.Url, decode.Url, TimeSpan.FromMilliseconds(50));
        using var client = new HttpClient();
        using var answer = await client.SendAsync(Post(router, """{"prompt":"a"}"""));
        Assert.Equal("answer", await answer.Content.ReadAsStringAsync());
        Assert.Equal("""{"prompt":"a"}""", Assert.Single(decode.Asked).Body);
    }

    [Theory]
    [InlineData("""{"prompt":"a","prompt":"b"}""")]
    [InlineData("""{"prompt":"\ud800"}""")]
    [InlineData("""{"prompt":"a","truncate_prompt_tokens":-1}""")]
    public async Task Body_that_is_not_split_goes_on_as_it_came(string body)
    {
        await using var prefill = await ScriptedServer.StartAsync(http => http.Response.WriteAsync($$"""{"kv_transfer_params":{{Handed}}}"""));
        await using var decode = await ScriptedServer.StartAsync(http => http.Response.WriteAsync("answer"));
        await using var router = await RouteAsync(prefill.Url, decode.Url);
        using var client = new HttpClient();
        using var answer = await client.SendAsync(Post(router, body));
        Assert.Equal((HttpStatusCode.OK, body), (answer.StatusCode, Assert.Single(decode.Asked).Body));
        Assert.Empty(prefill.Asked);
    }

    [Theory]
    [InlineData("http://h:1", "/x/y", "?a=b", "http://h:1/x/y?a=b")]
    [InlineData("http://h:1/base", "/x", "", "http://h:1/base/x")]
    [InlineData("http://h:1/base/", "/x y", "", "http://h:1/base/x%20y")]
    [InlineData("http://h:1/", "//169.254.169.254/latest", "", "http://h:1//169.254.169.254/latest")]
    [InlineData("http://h:1", "/@other/x", "", "http://h:1/@other/x")]
    [InlineData("http://h:1", "", "", "http://h:1/")]
    public void Address_is_the_servers_whatever_the_path_is(string server, string path, string query, string address) =>
        Assert.Equal(address, ForwardedRequest.AddressOf(new Uri(server), new PathString(path), new QueryString(query)).AbsoluteUri);

    [Fact]
    public async Task Path_with_two_slashes_and_headers_of_one_connection_reach_nobody_else()
    {
        await using var inside = await ScriptedServer.StartAsync(http => http.Response.WriteAsync("secret"));
        IHeaderDictionary? headers = null;
        await using var decode = await ScriptedServer.StartAsync(http =>
        {
            headers = new HeaderDictionary(http.Request.Headers.ToDictionary());
            http.Response.Headers.Connection = "X-Own";
            http.Response.Headers["X-Own"] = "1";
            return http.Response.WriteAsync("decode");
        });
        await using var router = await RouteAsync(inside.Url, decode.Url);
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri($"{router.Url.GetLeftPart(UriPartial.Authority)}//{inside.Url.Authority}/x?y"));
        message.Headers.Connection.Add("X-Hop");
        message.Headers.Add("X-Hop", "1");
        message.Headers.Add("Proxy-Connection", "keep-alive");
        message.Headers.Add("X-Kept", "1");
        using var answer = await client.SendAsync(message);
        Assert.Equal("decode", await answer.Content.ReadAsStringAsync());
        Assert.Equal($"GET //{inside.Url.Authority}/x?y", Assert.Single(decode.Asked).What);
        Assert.Empty(inside.Asked);
        Assert.Equal((false, false, true), (headers!.ContainsKey("X-Hop"), headers.ContainsKey("Proxy-Connection"), headers.ContainsKey("X-Kept")));
        Assert.False(answer.Headers.Contains("X-Own"));
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
