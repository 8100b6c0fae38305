using System.Net;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>What a browser is told when a page of another site asks.</summary>
public sealed class CrossOriginTests
{
    private const string Page = "https://page.example";

    private static Task<ServerUnderTest> StartAsync(CrossOrigin? rules = null) => ServerUnderTest.StartAsync(
        settings => settings with { ApiKeys = ApiKeys.Of(["k"]), CrossOrigin = rules ?? settings.CrossOrigin });

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/metrics")]
    public async Task Browser_may_ask_ahead_without_a_key(string path)
    {
        await using var server = await StartAsync();
        using var answer = await AskAheadAsync(server, path, "authorization, content-type, x-request-id");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("POST", Header(answer, "Access-Control-Allow-Methods"));
        Assert.Equal("authorization,content-type,x-request-id", Header(answer, "Access-Control-Allow-Headers")?.Replace(" ", "", StringComparison.Ordinal));
        Assert.Null(Header(answer, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Options_without_an_origin_needs_no_key_and_names_the_method()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/completions");
        using var answer = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal("POST", Assert.Single(answer.Content.Headers.Allow));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("k", HttpStatusCode.OK)]
    public async Task Page_can_read_answers_and_refusals(string? key, HttpStatusCode status)
    {
        await using var server = await StartAsync();
        using var answer = await AskAsync(server, key, "");
        Assert.Equal((status, "*"), (answer.StatusCode, Header(answer, "Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Page_can_read_a_stream()
    {
        await using var server = await StartAsync();
        using var answer = await AskAsync(server, "k", ",\"stream\":true");
        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.EndsWith("data: [DONE]\n\n", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_clients_are_told_nothing()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var answer = await server.PostAsync("/v1/completions", "{\"prompt\":\"a\"}");
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Named_origins_methods_and_headers_are_all_that_is_allowed()
    {
        await using var server = await StartAsync(new CrossOrigin([Page], ["POST"], ["Content-Type"], false));
        using var allowed = await AskAheadAsync(server, "/v1/completions", "content-type");
        Assert.Equal(
            (Page, "POST", "Content-Type"),
            (Header(allowed, "Access-Control-Allow-Origin"), Header(allowed, "Access-Control-Allow-Methods"),
                Header(allowed, "Access-Control-Allow-Headers")));
        using var other = await AskAheadAsync(server, "/v1/completions", "content-type", origin: "https://other.example");
        Assert.Null(Header(other, "Access-Control-Allow-Origin"));
        using var method = await AskAheadAsync(server, "/v1/completions", "content-type", method: "DELETE");
        Assert.NotEqual("DELETE", Header(method, "Access-Control-Allow-Methods"));
        using var header = await AskAheadAsync(server, "/v1/completions", "authorization");
        Assert.DoesNotContain("authorization", Header(header, "Access-Control-Allow-Headers") ?? "", StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task No_page_reads_anything_where_no_origin_is_allowed()
    {
        await using var server = await StartAsync(CrossOrigin.Open with { Origins = [] });
        using var ahead = await AskAheadAsync(server, "/v1/completions", "content-type");
        using var answer = await AskAsync(server, "k", "");
        Assert.Null(Header(ahead, "Access-Control-Allow-Origin"));
        Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
    }

    // A browser refuses `*` together with credentials.
    [Fact]
    public async Task With_credentials_each_origin_is_answered_by_its_name()
    {
        await using var server = await StartAsync(CrossOrigin.Open with { AreCredentialsAllowed = true });
        using var answer = await AskAheadAsync(server, "/v1/completions", "content-type");
        Assert.Equal((Page, "true"), (Header(answer, "Access-Control-Allow-Origin"), Header(answer, "Access-Control-Allow-Credentials")));
    }

    private static async Task<HttpResponseMessage> AskAheadAsync(
        ServerUnderTest server, string path, string headers, string origin = Page, string method = "POST")
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", headers);
        return await server.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> AskAsync(ServerUnderTest server, string? key, string fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent($"{{\"prompt\":\"a\"{fields}}}", null, "application/json");
        request.Headers.Add("Origin", Page);
        if (key is not null)
            request.Headers.Add("Authorization", $"Bearer {key}");
        return await server.Client.SendAsync(request);
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
