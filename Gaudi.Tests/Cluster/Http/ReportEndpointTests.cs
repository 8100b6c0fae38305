using System.Net;
using Gaudi.Actors.Protocols.Reports;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class ReportEndpointTests
{
    [Fact]
    public async Task Models_are_listed_and_found_by_name()
    {
        const string Card =
            """
            {"id":"org/tiny","object":"model","created":1600000000,"owned_by":"gaudi","root":"org/tiny","parent":null,"max_model_len":100,
            "permission":[{"id":"modelperm-org/tiny","created":1600000000,"object":"model_permission","allow_create_engine":false,
            "allow_sampling":true,"allow_logprobs":true,"allow_search_indices":false,"allow_view":true,"allow_fine_tuning":false,
            "organization":"*","group":null,"is_blocking":false}]}
            """;
        var card = Card.ReplaceLineEndings("");
        await using var server = await ServerUnderTest.StartAsync(model: model => model with { Name = "org/tiny" });
        Assert.Equal($$"""{"object":"list","data":[{{card}}]}""", await server.Client.GetStringAsync("/v1/models"));
        Assert.Equal(card, await server.Client.GetStringAsync("/v1/models/org/tiny"));
        Assert.Equal(card, await server.Client.GetStringAsync("/v1/models/org%2Ftiny"));
        using var unknown = await server.Client.GetAsync("/v1/models/org/other");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains(
            "The model `org/other` does not exist.", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/ping")]
    public async Task Health_is_an_empty_200_while_requests_are_served(string path)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Health_is_503_with_the_reason_while_requests_are_not_served()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Reports.Health = _ => Task.FromResult(new HealthReport(false, "rank 1 is being replaced"));
        using var response = await server.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("1", response.Headers.RetryAfter?.ToString());
        Assert.Equal(
            """{"error":{"message":"rank 1 is being replaced","type":"ServiceUnavailableError","param":null,"code":503}}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Health_is_503_when_the_engine_does_not_answer()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { ReportTimeoutMs = 50 });
        server.Reports.Health = _ => new TaskCompletionSource<HealthReport>().Task;
        using var response = await server.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("1", response.Headers.RetryAfter?.ToString());
        Assert.Contains(
            "The engine did not answer within 50 ms.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_are_exactly_this_body()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal(
            """
            [{"node":"n1","card":0,"pid":12,"group":"vllm.platform_plugins","name":"hpu","value":"Gaudi.Hpu:Register",
            "assembly":"Gaudi.Hpu","version":"0.1.0","outcome":"selected","reason":"2 simulated cards","durationMs":1.5},
            {"node":"n1","card":null,"pid":null,"group":"vllm.general_plugins","name":"hpu_custom_ops",
            "value":"Gaudi.Hpu:RegisterOps","assembly":"Gaudi.Hpu","version":"0.1.0","outcome":"registered","reason":"","durationMs":2}]
            """.ReplaceLineEndings(""),
            await server.Client.GetStringAsync("/v1/plugins"));
    }

    [Fact]
    public async Task Ops_are_exactly_this_body()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal(
            """
            {"digest":"ab","workers":[{"pid":12,"digest":"ab"},{"pid":13,"digest":"ab"}],
            "ops":[{"name":"RMSNorm","module":"hpu_layernorm","provider":"Gaudi.Hpu","version":"0.1.0",
            "replaces":"b > a","enabled":true,"calls":7},{"name":"SiluAndMul","module":"in-tree","provider":"Gaudi.Hpu",
            "version":"0.1.0","replaces":null,"enabled":false,"calls":0}]}
            """.ReplaceLineEndings(""),
            await server.Client.GetStringAsync("/v1/ops"));
    }

    [Fact]
    public async Task Cards_are_exactly_this_body()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal(
            """
            [{"node":"n1","card":0,"generation":"gaudi2","simulated":true,"state":"ready","workerPid":12,"rank":0,"group":"m/0",
            "epoch":3,"memoryBytes":1000,"usedBytes":10,"digest":"ab",
            "reason":"","incarnation":0,"restarts":0,"lastExit":null},{"node":"n1","card":1,"generation":"gaudi2",
            "simulated":true,"state":"lost","workerPid":null,"rank":null,"group":null,"epoch":null,"memoryBytes":1000,
            "usedBytes":0,"digest":null,
            "reason":"","incarnation":0,"restarts":0,"lastExit":null}]
            """.ReplaceLineEndings(""),
            await server.Client.GetStringAsync("/v1/cards"));
    }

    [Fact]
    public async Task Version_is_three_numbers()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal("""{"version":"0.1.0"}""", await server.Client.GetStringAsync("/version"));
    }

    [Theory]
    [InlineData("trace-7", "trace-7", "cmpl-trace-7", "trace-7-r1")]
    [InlineData(null, "r1", "cmpl-r1", "r1")]
    [InlineData("with space", "r1", "cmpl-r1", "r1")]
    public async Task Request_id_is_echoed_and_names_the_answer(
        string? given, string shown, string answerId, string engineId)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent("""{"prompt":"a"}""", null, "application/json");
        if (given != null)
            request.Headers.TryAddWithoutValidation("X-Request-Id", given);
        using var response = await server.Client.SendAsync(request);
        Assert.Equal([shown], response.Headers.GetValues("X-Request-Id"));
        Assert.Contains($"\"id\":\"{answerId}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(engineId, server.Engine.Single.RequestId);
    }

    [Fact]
    public async Task Request_id_that_is_too_long_is_replaced()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Client.DefaultRequestHeaders.Add("X-Request-Id", new string('x', 129));
        using var response = await server.Client.GetAsync("/nothing");
        Assert.Equal(["r1"], response.Headers.GetValues("X-Request-Id"));
    }
}
