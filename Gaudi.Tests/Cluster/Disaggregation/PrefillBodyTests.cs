using System.Text.Json.Nodes;
using Gaudi.Cluster.Disaggregation;
using Xunit;

namespace Gaudi.Tests.Cluster.Disaggregation;

public sealed class PrefillBodyTests
{
    private static JsonObject? Of(string json) => PrefillBody.Of((JsonObject)JsonNode.Parse(json)!);

    [Fact]
    public void One_token_is_asked_for_and_the_blocks_are_to_be_kept()
    {
        const string Request = """
            {"model":"m","prompt":"a","max_tokens":50,"max_completion_tokens":60,"stream":true,"stream_options":{"include_usage":true},
             "min_tokens":5,"stop":["x"],"logprobs":3,"temperature":0.5,"cache_salt":"s","response_format":{"type":"json_object"},"n":1}
            """;
        var body = Of(Request)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"model":"m","prompt":"a","max_tokens":1,"max_completion_tokens":1,"stream":false,"temperature":0.5,"cache_salt":"s","n":1,
             "kv_transfer_params":{"do_remote_decode":true,"do_remote_prefill":false}}
            """), body), body.ToJsonString());
    }

    [Theory]
    [InlineData("""{"prompt":"a"}""", true)]
    [InlineData("""{"prompt":[1,2,3]}""", true)]
    [InlineData("""{"prompt":["a"]}""", true)]
    [InlineData("""{"messages":[]}""", true)]
    [InlineData("""{"prompt":["a","b"]}""", false)]
    [InlineData("""{"prompt":[[1],[2]]}""", false)]
    [InlineData("""{"prompt":"a","n":2}""", false)]
    [InlineData("""{"prompt":"a","n":"x"}""", false)]
    [InlineData("""{"prompt":"a","echo":true}""", false)]
    [InlineData("""{"prompt":"a","prompt_logprobs":0}""", false)]
    [InlineData("""{"prompt":"a","kv_transfer_params":{}}""", false)]
    [InlineData("""{"prompt":"a","truncate_prompt_tokens":7}""", true)]
    [InlineData("""{"prompt":"a","truncate_prompt_tokens":null}""", true)]
    [InlineData("""{"prompt":"a","truncate_prompt_tokens":-1}""", false)]
    [InlineData("""{"prompt":"a","truncate_prompt_tokens":-1.0}""", false)]
    [InlineData("""{"prompt":"a","truncate_prompt_tokens":"-1"}""", false)]
    public void What_has_no_one_place_for_its_blocks_goes_to_one_server(string request, bool isSplit) =>
        Assert.Equal(isSplit, Of(request) is not null);
}
