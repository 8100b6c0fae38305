using Gaudi.Actors.Requests;
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
            model: model => model with { Sampling = new SamplingDefaults(0.6f, 0.9f, 20, 0.1f) { RepetitionPenalty = 1.1f } });
        await server.ChatAsync("""
            "seed":1
            """);
        Assert.Equal(
            new SamplingParameters(0.6f, 0.9f, 20, 0.1f, 1, null) { RepetitionPenalty = 1.1f }, server.Engine.Single.Sampling);
    }

    [Theory]
    [InlineData("""
        "presence_penalty":-2,"frequency_penalty":2,"repetition_penalty":1.25
        """, -2f, 2f, 1.25f)]
    [InlineData("""
        "presence_penalty":2,"frequency_penalty":-2,"repetition_penalty":1e-300
        """, 2f, -2f, float.Epsilon)]
    [InlineData("""
        "temperature":0,"presence_penalty":0.5,"repetition_penalty":3e38
        """, 0.5f, 0f, 3e38f)]
    public async Task Penalties_are_as_asked(string fields, float presence, float frequency, float repetition)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields);
        await server.CompleteAsync($"\"prompt\":\"a\",{fields}");
        Assert.All(server.Engine.Requests, request => Assert.Equal(
            (presence, frequency, repetition),
            (request.Sampling.PresencePenalty, request.Sampling.FrequencyPenalty, request.Sampling.RepetitionPenalty)));
    }

    [Fact]
    public async Task Values_that_ask_for_nothing_change_nothing()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync("""
            "presence_penalty":0,"frequency_penalty":-0.0,"repetition_penalty":1,"min_tokens":0,"logit_bias":{},"bad_words":[],
            "allowed_token_ids":null,"prompt_logprobs":null,"priority":0,"cache_salt":null,"truncate_prompt_tokens":null
            """);
        var request = server.Engine.Single;
        Assert.Equal(new SamplingParameters(1, 1, 0, 0, 1001, null), request.Sampling);
        Assert.Equal(0, request.Priority);
        Assert.Equal(CacheKeys.None, request.CacheKeys);
        Assert.Null(request.PromptLogprobCount);
    }

    // 4.5: min_tokens masks EOS and the stop ids, also under ignore_eos; ids that no logit has are left out.
    [Theory]
    [InlineData("""
        "min_tokens":3
        """, 3, new[] { 256, 258 })]
    [InlineData("""
        "min_tokens":16,"max_tokens":16,"stop_token_ids":[300,7,7,256],"ignore_eos":true
        """, 16, new[] { 7, 256, 258 })]
    [InlineData("""
        "min_tokens":0,"stop_token_ids":[7]
        """, 0, new int[0])]
    public async Task Min_tokens_holds_off_every_end(string fields, int tokensMin, int[] endTokenIds)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields);
        Assert.Equal(tokensMin, server.Engine.Single.Sampling.TokensMin);
        Assert.Equal(endTokenIds, server.Engine.Single.Sampling.EndTokenIds);
    }

    // 4.5: keys to int, values clamped to [-100, 100].
    [Fact]
    public async Task Logit_bias_is_by_token_and_cut_to_100()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync("""
            "logit_bias":{"259":1e30,"5":1.5,"7":3,"07":-500,"0":-100}
            """);
        Assert.Equal(
            [new LogitBias(0, -100), new LogitBias(5, 1.5f), new LogitBias(7, -100), new LogitBias(259, 100)],
            server.Engine.Single.Sampling.LogitBiases.AsEnumerable());
    }

    [Fact]
    public async Task Allowed_tokens_and_bad_words_are_as_asked()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync("""
            "allowed_token_ids":[9,3,9.0,259],"bad_words":["hi"," yo","é"]
            """);
        var sampling = server.Engine.Single.Sampling;
        Assert.Equal([3, 9, 259], sampling.AllowedTokenIds!.Value.AsEnumerable());
        Assert.Equal(
            [[104, 105], [32, 104, 105], [121, 111], [32, 121, 111], [195, 169], [32, 195, 169]], sampling.BadWords.Select(word => word.ToArray()));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("20", 20)]
    [InlineData("-1", 260)]
    [InlineData("1000", 260)]
    public async Task Prompt_logprobs_are_asked_for_up_to_the_vocabulary(string asked, int count)
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { LogprobsMax = -1 });
        await server.ChatAsync($"\"prompt_logprobs\":{asked}");
        Assert.Equal(count, server.Engine.Single.PromptLogprobCount);
        Assert.Null(server.Engine.Single.Sampling.LogprobCount);
    }

    [Fact]
    public async Task Cache_salt_and_priority_reach_every_choice()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { TakesPriorities = true });
        await server.ChatAsync("""
            "n":2,"cache_salt":" s","priority":-7
            """);
        Assert.Equal(2, server.Engine.Requests.Count);
        Assert.All(server.Engine.Requests, request => Assert.Equal(
            (-7, " s", (string?)null, 0),
            (request.Priority, request.CacheKeys.Salt, request.CacheKeys.LoraId, request.CacheKeys.Items.Length)));
    }

    [Theory]
    [InlineData("\"truncate_prompt_tokens\":2", "bc")]
    [InlineData("\"truncate_prompt_tokens\":4", "<s>abc")]
    [InlineData("\"truncate_prompt_tokens\":100", "<s>abc")]
    [InlineData("\"truncate_prompt_tokens\":-1", "<s>abc")]
    [InlineData("\"truncate_prompt_tokens\":-1,\"max_tokens\":97", "abc")]
    [InlineData("\"truncate_prompt_tokens\":2,\"truncation_side\":\"left\"", "bc")]
    [InlineData("\"truncate_prompt_tokens\":2,\"truncation_side\":\"right\"", "<s>a")]
    [InlineData("\"truncation_side\":\"right\"", "<s>abc")]
    [InlineData("\"truncate_prompt_tokens\":1,\"echo\":true", "c")]
    public async Task Long_prompt_is_cut_to_its_last_tokens(string fields, string kept)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var answer = await server.CompleteJsonAsync($"\"prompt\":\"abc\",{fields}");
        Assert.Equal(kept, TinyText.Tokenizer.Decode(server.Engine.Single.PromptTokenIds.AsSpan(), skipSpecialTokens: false));
        if (fields.Contains("echo", StringComparison.Ordinal))
            Assert.Equal("chello", (string?)answer["choices"]![0]!["text"]);
    }

    [Fact]
    public async Task Prompt_over_the_context_is_served_when_it_may_be_cut()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.CompleteAsync($"\"prompt\":\"{new string('a', 150)}\",\"truncate_prompt_tokens\":-1");
        Assert.Equal((99, 1), (server.Engine.Single.PromptTokenIds.Length, server.Engine.Single.TokensMax));
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
        "messages":[{"role":"assistant","content":"x","name":"n","tool_calls":[{"function":{"name":"f"}}],"refusal":null}]
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
            """{"prompt_tokens":21,"total_tokens":48,"completion_tokens":27,"prompt_tokens_details":{"cached_tokens":0}}""", answer["usage"]!.ToJsonString());
    }
}
