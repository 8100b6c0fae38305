using System.Net;
using System.Net.Http.Headers;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>With keys, everything but /health and /ping needs one.</summary>
public sealed class ApiKeyTests
{
    private static Task<ServerUnderTest> StartAsync() =>
        ServerUnderTest.StartAsync(settings => settings with { ApiKeys = ApiKeys.Of(["first-key", "second-key"]) });

    [Theory]
    [InlineData("/health")]
    [InlineData("/ping")]
    public async Task Probes_need_no_key(string path)
    {
        await using var server = await StartAsync();
        using var response = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/plugins")]
    [InlineData("/metrics")]
    [InlineData("/version")]
    [InlineData("/load")]
    [InlineData("/health/x")]
    [InlineData("/nothing")]
    [InlineData("/v1/completions")]
    public async Task Everything_else_needs_one(string path)
    {
        await using var server = await StartAsync();
        using var response = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(
            """
            {"error":{"message":"Expected the header `Authorization: Bearer KEY` with an API key of this server, got none.",
            "type":"UnauthorizedError","param":null,"code":401}}
            """.ReplaceLineEndings(""), await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("Bearer first-key", true)]
    [InlineData("bearer second-key", true)]
    [InlineData("Bearer  first-key ", true)]
    [InlineData("Bearer first-kex", false)]
    [InlineData("Bearer first-key2", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Bearer", false)]
    [InlineData("Basic first-key", false)]
    [InlineData("first-key", false)]
    public async Task One_of_the_keys_is_taken_and_no_other(string header, bool isTaken)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent("""{"prompt":"a"}""", null, "application/json");
        request.Headers.TryAddWithoutValidation("Authorization", header);
        using var response = await server.Client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(isTaken ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(isTaken ? 1 : 0, server.Engine.Requests.Count);
        if (!isTaken)
            Assert.Contains("of this server, got another.", body, StringComparison.Ordinal);
        Assert.DoesNotContain("-key", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_without_keys_ignores_the_header()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "anything");
        using var response = await server.Client.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public void Keys_do_not_show() =>
        Assert.DoesNotContain("first", new HttpServerSettings("h", 1) { ApiKeys = ApiKeys.Of(["first-key"]) }.ToString(), StringComparison.Ordinal);
}
