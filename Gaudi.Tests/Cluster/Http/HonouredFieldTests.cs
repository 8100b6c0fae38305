using Gaudi.Cluster.Http;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>What the engine is asked for, field by field. Rules: reference 4.5.</summary>
public sealed class HonouredFieldTests
{
    [Theory]
    [InlineData("""
        "user":"someone"
        """, 1f, 1f, 0, 0f, 1001L)]
    [InlineData("""
        "temperature":0.5,"top_p":0.25,"top_k":7,"min_p":0.125,"seed":42
        """, 0.5f, 0.25f, 7, 0.125f, 42L)]
    [InlineData("""
        "temperature":0,"top_p":0.25,"top_k":7,"min_p":0.125,"seed":42
        """, 0f, 1f, 0, 0f, 42L)]
    [InlineData("""
        "temperature":0.000009,"top_k":7
        """, 0f, 1f, 0, 0f, 1001L)]
    [InlineData("""
        "temperature":0.00001
        """, 0.01f, 1f, 0, 0f, 1001L)]
    [InlineData("""
        "temperature":2,"top_p":1,"top_k":-1,"min_p":1,"seed":-1
        """, 2f, 1f, -1, 1f, 1001L)]
    [InlineData("""
        "top_p":1e-300,"seed":-9223372036854775808
        """, 1f, float.Epsilon, 0, 0f, long.MinValue)]
    [InlineData("""
        "seed":9223372036854775807,"top_k":2.0
        """, 1f, 1f, 2, 0f, long.MaxValue)]
    [InlineData("""
        "temperature":null,"top_p":null,"top_k":null,"min_p":null,"seed":null,"n":null,"stop":null,"max_tokens":null,"stream":null
        """, 1f, 1f, 0, 0f, 1001L)]
    public async Task Sampling_is_as_asked(
        string fields, float temperature, float topP, int topK, float minP, long seed)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields);
        Assert.Equal(new SamplingParameters(temperature, topP, topK, minP, seed, null), server.Engine.Single.Sampling);
        await server.CompleteAsync($"\"prompt\":\"a\",{fields}");
        var expectedSeed = seed == 1001 ? 1002 : seed;
        Assert.Equal(
            new SamplingParameters(temperature, topP, topK, minP, expectedSeed, null),
            server.Engine.Requests.Last().Sampling);
    }

    [Fact]
    public async Task Sampling_defaults_are_the_models()
    {
        await using var server = await ServerUnderTest.StartAsync(
            model: model => model with { Sampling = new SamplingDefaults(0.6f, 0.9f, 20, 0.1f) });
        await server.ChatAsync("""
            "seed":1
            """);
        Assert.Equal(new SamplingParameters(0.6f, 0.9f, 20, 0.1f, 1, null), server.Engine.Single.Sampling);
    }

    [Theory]
    [InlineData("""
        "max_tokens":5
        """, 5, 5)]
    [InlineData("""
        "max_completion_tokens":6
        """, 6, 6)]
    [InlineData("""
        "max_tokens":5,"max_completion_tokens":6
        """, 6, 6)]
    [InlineData("""
        "n":1
        """, 79, 16)]
    public async Task Token_limit_is_as_asked_or_rest_of_context_for_chat_and_16_for_completions(
        string fields, int chatTokensMax, int completionTokensMax)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields);
        Assert.Equal(21, server.Engine.Single.PromptTokenIds.Length);
        Assert.Equal(chatTokensMax, server.Engine.Single.TokensMax);
        await server.CompleteAsync($"\"prompt\":\"a\",{fields}");
        Assert.Equal(completionTokensMax, server.Engine.Requests.Last().TokensMax);
    }

    [Fact]
    public async Task Default_token_limit_of_a_completion_is_cut_to_the_rest_of_the_context()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.CompleteAsync($"\"prompt\":\"{new string('a', 94)}\"");
        Assert.Equal(5, server.Engine.Single.TokensMax);
    }

    [Theory]
    [InlineData("""
        "user":"u"
        """, new[] { 256, 258 })]
    [InlineData("""
        "ignore_eos":true
        """, new int[0])]
    [InlineData("""
        "stop_token_ids":[300,7,7,256]
        """, new[] { 7, 256, 258, 300 })]
    [InlineData("""
        "stop_token_ids":[9],"ignore_eos":true
        """, new[] { 9 })]
    public async Task Stop_tokens_are_the_clients_and_the_models(string fields, int[] stopTokenIds)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields);
        Assert.Equal(stopTokenIds, server.Engine.Single.StopTokenIds);
    }

    [Theory]
    [InlineData("""
        "user":"u"
        """, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("""
        "add_generation_prompt":false
        """, "<|im_start|>user\nHi<|im_end|>\n")]
    [InlineData("""
        "chat_template_kwargs":{"style":"short"}
        """, "<|im_start|>user\nHi<|im_end|>\n[short]<|im_start|>assistant\n")]
    [InlineData("""
        "chat_template_kwargs":{"style":{"a":[1,null]}},"add_generation_prompt":false
        """, "<|im_start|>user\nHi<|im_end|>\n[{'a': [1, None]}]")]
    [InlineData("""
        "messages":[{"role":"assistant","content":"x","name":"n","tool_calls":[{"id":1}],"refusal":null}]
        """, "<|im_start|>assistant\nx<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("""
        "add_special_tokens":true
        """, "<s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("""
        "messages":[{"role":"system","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"tool","content":null}]
        """, "<|im_start|>system\na\nb<|im_end|>\n<|im_start|>tool\n<|im_end|>\n<|im_start|>assistant\n")]
    public async Task Conversation_is_rendered_by_the_template(string fields, string prompt)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var messages = fields.Contains("messages", StringComparison.Ordinal)
            ? fields
            : "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]," + fields;
        using var response = await server.PostAsync("/v1/chat/completions", $"{{{messages}}}");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(
            prompt, TinyText.Tokenizer.Decode(server.Engine.Single.PromptTokenIds.AsSpan(), skipSpecialTokens: false));
    }

    [Fact]
    public async Task Choices_share_the_prompt_and_the_seed_and_differ_in_number_and_id()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = request => TinyText.Ids($"choice {request.Choice}");
        var answer = await server.ChatJsonAsync("""
            "n":3
            """);
        Assert.Equal(
            [("r1-0", 0, 1001L), ("r1-1", 1, 1001L), ("r1-2", 2, 1001L)],
            server.Engine.Requests.Select(request => (request.RequestId, request.Choice, request.Sampling.Seed)));
        Assert.Equal(
            ["choice 0", "choice 1", "choice 2"],
            answer["choices"]!.AsArray().Select(choice => (string?)choice!["message"]!["content"]));
        Assert.Equal(
            """{"prompt_tokens":21,"total_tokens":48,"completion_tokens":27}""", answer["usage"]!.ToJsonString());
    }
}
