using Gaudi.Cluster.Disaggregation;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Disaggregation;

/// <summary>Adapters behind a router: on every server, or on none.</summary>
public sealed class AdapterRoadTests
{
    private const string Load = """{"lora_name":"x","lora_path":"/x"}""";

    private static Task<ScriptedServer> ServerAsync(string name, string refuses = "") => ScriptedServer.StartAsync(http =>
    {
        http.Response.StatusCode = http.Request.Path == refuses ? 400 : 200;
        return http.Response.WriteAsync(name);
    });

    private static async Task<(int Status, string Body)> AskAsync(Router router, string path, string body)
    {
        using var client = new HttpClient();
        using var answer = await client.SendAsync(RouterTests.Post(router, body, path));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static IEnumerable<(string, string)> Asked(ScriptedServer server) => server.Asked.Select(one => (one.What, one.Body));

    [Theory]
    [InlineData("/v1/load_lora_adapter", Load)]
    [InlineData("/v1/unload_lora_adapter", """{"lora_name":"x"}""")]
    public async Task Every_server_is_asked(string path, string body)
    {
        await using var prefill = await ServerAsync("prefill");
        await using var decode = await ServerAsync("decode");
        await using var router = await RouterTests.RouteAsync(prefill.Url, decode.Url);
        Assert.Equal((200, "decode"), await AskAsync(router, path, body));
        Assert.Equal([($"POST {path}", body)], Asked(prefill));
        Assert.Equal([($"POST {path}", body)], Asked(decode));
        Assert.Equal("Bearer key", Assert.Single(prefill.Asked).Authorization);
    }

    [Fact]
    public async Task Load_that_one_refuses_is_taken_back_from_the_others_and_the_client_hears_why()
    {
        await using var prefill = await ServerAsync("prefill");
        await using var decode = await ServerAsync("decode", refuses: "/v1/load_lora_adapter");
        await using (var router = await RouterTests.RouteAsync(prefill.Url, decode.Url))
            Assert.Equal((400, "decode"), await AskAsync(router, "/v1/load_lora_adapter", Load));
        Assert.Equal(
            [("POST /v1/load_lora_adapter", Load), ("POST /v1/unload_lora_adapter", """{"lora_name":"x"}""")], Asked(prefill));
        Assert.Equal([("POST /v1/load_lora_adapter", Load)], Asked(decode));
    }

    [Fact]
    public async Task Load_without_one_of_the_servers_is_a_503_and_is_taken_back()
    {
        await using var prefill = await ServerAsync("prefill");
        var decode = await ServerAsync("decode");
        await decode.DisposeAsync();
        await using (var router = await RouterTests.RouteAsync(prefill.Url, decode.Url))
            Assert.Equal(503, (await AskAsync(router, "/v1/load_lora_adapter", Load)).Status);
        Assert.Equal(2, prefill.Asked.Count);
    }

    [Fact]
    public async Task First_refusal_of_an_unload_is_the_answer_and_the_others_are_asked_all_the_same()
    {
        await using var prefill = await ServerAsync("prefill", refuses: "/v1/unload_lora_adapter");
        await using var decode = await ServerAsync("decode");
        await using var router = await RouterTests.RouteAsync(prefill.Url, decode.Url);
        Assert.Equal((400, "prefill"), await AskAsync(router, "/v1/unload_lora_adapter", """{"lora_name":"x"}"""));
        Assert.Single(decode.Asked);
    }
}
