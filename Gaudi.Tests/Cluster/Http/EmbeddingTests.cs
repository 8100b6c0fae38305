using System.Buffers.Binary;
using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>POST /v1/embeddings: every form of input, both encodings, every refusal.</summary>
public sealed class EmbeddingTests
{
    private static Task<ServerUnderTest> StartAsync() => ServerUnderTest.StartAsync(model: model => model with { HiddenSize = 3 });

    private static async Task<JsonNode> EmbedAsync(ServerUnderTest server, string fields)
    {
        using var response = await server.PostAsync("/v1/embeddings", $$"""{"model":"tiny","add_special_tokens":false,{{fields}}}""");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static float[][] VectorsOf(JsonNode answer) =>
        [.. answer["data"]!.AsArray().Select(one => one!["embedding"]!.AsArray().Select(value => value!.GetValue<float>()).ToArray())];

    [Fact]
    public async Task Answer_has_the_form_of_OpenAIs()
    {
        await using var server = await StartAsync();
        var answer = await EmbedAsync(server, "\"input\":\"ab\",\"normalize\":false");
        Assert.Equal("list", answer["object"]!.GetValue<string>());
        Assert.StartsWith("embd-", answer["id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("tiny", answer["model"]!.GetValue<string>());
        Assert.Equal("""{"prompt_tokens":2,"total_tokens":2}""", answer["usage"]!.ToJsonString());
        Assert.Equal("""[{"object":"embedding","index":0,"embedding":[195,2,0.1]}]""", answer["data"]!.ToJsonString());
        Assert.Equal(PoolingMode.Mean, server.Engine.Single.Pooling);
    }

    [Theory]
    [InlineData("\"ab\"", 1)]
    [InlineData("[\"ab\",\"c\"]", 2)]
    [InlineData("[97,98]", 1)]
    [InlineData("[[97,98],[99]]", 2)]
    public async Task Inputs_come_in_four_forms_and_answers_in_their_order(string input, int count)
    {
        await using var server = await StartAsync();
        var answer = await EmbedAsync(server, $"\"input\":{input},\"normalize\":false");
        float[][] expected = [[195, 2, 0.1f], [99, 1, 0.1f]];
        Assert.Equal(expected[..count], VectorsOf(answer));
        Assert.Equal(count == 1 ? 2 : 3, answer["usage"]!["total_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task Base64_holds_the_same_bits_as_numbers_do()
    {
        await using var server = await StartAsync();
        var numbers = VectorsOf(await EmbedAsync(server, "\"input\":[\"hello\",\"x\"]"));
        var texts = (await EmbedAsync(server, "\"input\":[\"hello\",\"x\"],\"encoding_format\":\"base64\""))["data"]!.AsArray();
        foreach (var (text, vector) in texts.Zip(numbers))
        {
            var bytes = Convert.FromBase64String(text!["embedding"]!.GetValue<string>());
            Assert.Equal(vector, Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4))));
        }
    }

    [Fact]
    public async Task Vectors_have_length_one_unless_told_otherwise()
    {
        await using var server = await StartAsync();
        var vector = VectorsOf(await EmbedAsync(server, "\"input\":\"hello\""))[0];
        Assert.Equal(1, Math.Sqrt(vector.Sum(value => (double)value * value)), 1e-6);
        float[] given = [195, 2, 0.1f];
        Assert.Equal(given, VectorsOf(await EmbedAsync(server, "\"input\":\"ab\",\"use_activation\":false"))[0]);
    }

    [Fact]
    public async Task Request_chooses_its_pooling_and_the_server_the_others()
    {
        await using var server = await ServerUnderTest.StartAsync(model: model => model with { Pooling = PoolingMode.LastToken });
        float[] last = [98, 1, 0.1f], mean = [195, 2, 0.1f];
        Assert.Equal(last, VectorsOf(await EmbedAsync(server, "\"input\":\"ab\",\"normalize\":false"))[0]);
        Assert.Equal(mean, VectorsOf(await EmbedAsync(server, "\"input\":\"ab\",\"normalize\":false,\"pooling_type\":\"mean\""))[0]);
    }

    [Fact]
    public async Task Conversations_and_cut_inputs_are_embedded_too()
    {
        await using var server = await StartAsync();
        await EmbedAsync(server, "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]");
        await EmbedAsync(server, "\"input\":\"abcdef\",\"truncate_prompt_tokens\":2");
        await EmbedAsync(server, "\"input\":\"abcdef\",\"truncate_prompt_tokens\":2,\"truncation_side\":\"right\"");
        var requests = server.Engine.Requests.ToArray();
        Assert.True(requests[0].PromptTokenIds.Length > 5);
        Assert.Equal(TinyText.Ids("ef"), requests[1].PromptTokenIds);
        Assert.Equal(TinyText.Ids("ab"), requests[2].PromptTokenIds);
    }

    [Theory]
    [InlineData("", "input")]
    [InlineData("\"input\":\"\",\"add_special_tokens\":false", "input")]
    [InlineData("\"input\":[]", "input")]
    [InlineData("\"input\":[[]]", "input")]
    [InlineData("\"input\":7", "input")]
    [InlineData("\"input\":[\"a\",5]", "input")]
    [InlineData("\"input\":[[1],\"a\"]", "input")]
    [InlineData("\"input\":[-1]", "input")]
    [InlineData("\"input\":[99999999]", "input")]
    [InlineData("\"input\":\"a\",\"encoding_format\":\"int8\"", "encoding_format")]
    [InlineData("\"input\":\"a\",\"dimensions\":2", "dimensions")]
    [InlineData("\"input\":\"a\",\"dimensions\":0", "dimensions")]
    [InlineData("\"input\":\"a\",\"pooling_type\":\"CLS\"", "pooling_type")]
    [InlineData("\"input\":\"a\",\"normalize\":1", "normalize")]
    [InlineData("\"input\":\"a\",\"use_activation\":1", "use_activation")]
    [InlineData("\"input\":\"a\",\"truncation_side\":\"middle\"", "truncation_side")]
    [InlineData("\"input\":\"a\",\"embed_dtype\":\"float16\"", "embed_dtype")]
    [InlineData("\"input\":\"a\",\"endianness\":\"big\"", "endianness")]
    [InlineData("\"input\":\"a\",\"padding\":\"max_length\"", "padding")]
    [InlineData("\"input\":\"a\",\"priority\":3", "priority")]
    [InlineData("\"input\":\"a\",\"cache_salt\":\"\"", "cache_salt")]
    [InlineData("\"input\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]", "input")]
    public async Task What_is_wrong_is_named(string fields, string param)
    {
        await using var server = await StartAsync();
        using var response = await server.PostAsync("/v1/embeddings", $"{{{fields}}}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(param, error["param"]!.GetValue<string>());
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Too_long_too_many_and_of_another_model_are_refused()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { EmbeddingInputsMax = 2 });
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync($"{{\"input\":\"{new string('a', 200)}\"}}"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("""{"input":["a","b","c"]}"""));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("""{"input":"a","model":"other"}"""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("""{"input":["a","b"],"dimensions":null,"user":"me"}"""));

        async Task<HttpStatusCode> StatusAsync(string body)
        {
            using var response = await server.PostAsync("/v1/embeddings", body);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task One_input_that_is_refused_is_the_answer_and_ends_the_others()
    {
        await using var server = await StartAsync();
        server.Engine.Before = (request, _, cancellation) =>
            request.PromptTokenIds.Length == 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellation);
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(RefusalKind.QueueFull, "full", 3);
        using var response = await server.PostAsync("/v1/embeddings", """{"input":[[97,98],[99,100],[101]]}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
        await server.Engine.Cancelled;
    }

    [Fact]
    public async Task Client_that_leaves_ends_its_inputs()
    {
        await using var server = await StartAsync();
        server.Engine.HangAt(0);
        using var leaving = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        server.Engine.Before = (_, _, cancellation) =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancellation);
        };
        using var content = new StringContent("""{"input":"ab"}""", System.Text.Encoding.UTF8, "application/json");
        var request = server.Client.PostAsync("/v1/embeddings", content, leaving.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await server.Engine.Cancelled;
    }
}
