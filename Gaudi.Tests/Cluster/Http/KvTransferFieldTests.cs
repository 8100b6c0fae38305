using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.KvTransfer;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>`kv_transfer_params` of a request and of its answer.</summary>
public sealed class KvTransferFieldTests
{
    private const string Given = """
        {"do_remote_decode":false,"do_remote_prefill":true,"remote_engine_id":"e","remote_block_ids":[3,4],"remote_host":"h",
        "remote_port":5600,"remote_request_id":"r","tp_size":2}
        """;

    // 200 characters of three bytes each.
    private const string Euros50 = "€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€";
    private const string Euros = Euros50 + Euros50 + Euros50 + Euros50;

    private static Task<ServerUnderTest> StartAsync(KvRole role) =>
        ServerUnderTest.StartAsync(settings => settings with { KvRole = role });

    [Theory]
    [InlineData("/v1/completions", "\"prompt\":\"a\"")]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]")]
    public async Task Answer_tells_where_the_blocks_are_and_the_next_server_is_told_the_same(string path, string prompt)
    {
        await using var server = await StartAsync(KvRole.Both);
        server.Engine.Instead = (request, index) => index == 1 && request.KvTransfer is { IsForRemoteDecode: true }
            ? new GenerationEvent.Finished(FinishReason.Length, null)
            {
                KvTransfer = new KvTransferParams(false, new KvSource("engine", "here", 5600, request.RequestId), [7, 8]),
            }
            : null;
        using var first = await server.PostAsync(
            path, "{" + prompt + ""","max_tokens":1,"kv_transfer_params":{"do_remote_decode":true}}""");
        var handed = JsonNode.Parse(await first.Content.ReadAsStringAsync())!["kv_transfer_params"]!;
        Assert.Equal(
            $$"""{"do_remote_prefill":true,"do_remote_decode":false,"remote_engine_id":"engine","remote_block_ids":[7,8],"remote_host":"here","remote_port":5600,"remote_request_id":"{{server.Engine.Single.RequestId}}"}""",
            handed.ToJsonString());
        Assert.Equal(new KvTransferParams(true, null, []), server.Engine.Requests.First().KvTransfer);

        using var second = await server.PostAsync(path, "{" + prompt + ",\"kv_transfer_params\":" + handed.ToJsonString() + "}");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var taken = server.Engine.Requests.Last().KvTransfer!;
        Assert.Equal(new KvSource("engine", "here", 5600, server.Engine.Requests.First().RequestId), taken.Source);
        Assert.Equal([7, 8], taken.RemoteBlocks.AsEnumerable());
        Assert.Null(JsonNode.Parse(await second.Content.ReadAsStringAsync())!["kv_transfer_params"]);
    }

    [Theory]
    [InlineData(KvRole.Both, "5", "")]
    [InlineData(KvRole.Both, """{"do_remote_decode":true,"do_remote_prefill":true}""", "exclude each other")]
    [InlineData(KvRole.Consumer, """{"do_remote_decode":true}""", "this one is a kv_consumer")]
    [InlineData(KvRole.Producer, Given, "this one is a kv_producer")]
    [InlineData(KvRole.Both, """{"do_remote_prefill":true}""", "`remote_engine_id` is missing")]
    [InlineData(KvRole.Both, """{"do_remote_prefill":true,"remote_engine_id":"e","remote_host":"h"}""", "`remote_port` is missing")]
    [InlineData(KvRole.Both, """{"do_remote_prefill":true,"remote_engine_id":"e","remote_host":"h","remote_port":70000}""", "remote_port")]
    [InlineData(
        KvRole.Both, """{"do_remote_prefill":true,"remote_engine_id":"e","remote_host":"h","remote_port":1,"remote_request_id":"r","remote_block_ids":[-1]}""",
        "remote_block_ids")]
    [InlineData(KvRole.Both, "{\"do_remote_prefill\":true,\"remote_engine_id\":\"" + Euros + "\"}", "longer than 512 bytes of UTF-8")]
    public async Task What_cannot_be_used_is_a_400_that_says_why(KvRole role, string given, string reason)
    {
        await using var server = await StartAsync(role);
        using var answer = await server.PostAsync("/v1/completions", "{\"prompt\":\"a\",\"kv_transfer_params\":" + given + "}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync());
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Server_that_keeps_blocks_is_told_when_nobody_will_come()
    {
        await using (var server = await StartAsync(KvRole.Producer))
        {
            using var answer = await server.PostAsync("/v1/release_kv_blocks", """{"remote_request_id":"r"}""");
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal([("tiny", "r")], server.Engine.Released);
            using var empty = await server.PostAsync("/v1/release_kv_blocks", "{}");
            Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
            Assert.Single(server.Engine.Released);
        }
        await using var consumer = await StartAsync(KvRole.Consumer);
        using var nowhere = await consumer.PostAsync("/v1/release_kv_blocks", """{"remote_request_id":"r"}""");
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
    }

    [Theory]
    [InlineData("\"n\":2,\"temperature\":1", "expected one prompt and n = 1, got 2 choices")]
    [InlineData("\"stream\":true", "not available with")]
    public async Task Blocks_have_one_place_and_one_answer(string fields, string reason)
    {
        await using var server = await StartAsync(KvRole.Both);
        using var answer = await server.PostAsync(
            "/v1/completions", "{\"prompt\":\"a\",\"kv_transfer_params\":{\"do_remote_decode\":true}," + fields + "}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync());
    }
}
