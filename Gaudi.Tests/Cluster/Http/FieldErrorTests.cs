using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>
/// Every field that is wrong is answered 400 in OpenAI's form, names the field, and never reaches the engine.
/// </summary>
public sealed class FieldErrorTests
{
    [Theory]
    [InlineData("\"temperature\":-0.1", "temperature", "Expected `temperature` to be a number from 0 to 2, got -0.1.")]
    [InlineData("\"temperature\":2.1", "temperature", "Expected `temperature` to be a number from 0 to 2, got 2.1.")]
    [InlineData(
        "\"temperature\":1e999", "temperature",
        "Expected `temperature` to be a number from 0 to 2, got 1e999.")]
    [InlineData(
        "\"temperature\":\"1\"", "temperature",
        "Expected `temperature` to be a number from 0 to 2, got \"1\".")]
    [InlineData("\"temperature\":true", "temperature", "Expected `temperature` to be a number from 0 to 2, got true.")]
    [InlineData("\"top_p\":0", "top_p", "Expected `top_p` to be a number over 0 and up to 1, got 0.")]
    [InlineData("\"top_p\":1.01", "top_p", "Expected `top_p` to be a number over 0 and up to 1, got 1.01.")]
    [InlineData("\"top_k\":-2", "top_k", "Expected `top_k` to be an integer of at least -1, got -2.")]
    [InlineData("\"top_k\":1.5", "top_k", "Expected `top_k` to be an integer of at least -1, got 1.5.")]
    [InlineData(
        "\"top_k\":99999999999", "top_k",
        "Expected `top_k` to be an integer from -1 to 2147483647, got 99999999999.")]
    [InlineData("\"min_p\":-0.1", "min_p", "Expected `min_p` to be a number from 0 to 1, got -0.1.")]
    [InlineData("\"min_p\":1.1", "min_p", "Expected `min_p` to be a number from 0 to 1, got 1.1.")]
    [InlineData(
        "\"seed\":9223372036854775808", "seed",
        "Expected `seed` to be an integer of 64 bits, got 9223372036854775808.")]
    [InlineData("\"seed\":0.5", "seed", "Expected `seed` to be an integer of 64 bits, got 0.5.")]
    [InlineData("\"n\":-1", "n", "Expected `n` to be an integer from 1 to 16384, got -1.")]
    [InlineData("\"temperature\":\"NaN\"", "temperature", "Expected `temperature` to be a number from 0 to 2, got \"NaN\".")]
    [InlineData("\"temperature\":-1e999", "temperature", "Expected `temperature` to be a number from 0 to 2, got -1e999.")]
    [InlineData("\"n\":0", "n", "Expected `n` to be an integer from 1 to 16384, got 0.")]
    [InlineData("\"n\":16385", "n", "Expected `n` to be an integer from 1 to 16384, got 16385.")]
    [InlineData("\"n\":\"2\"", "n", "Expected `n` to be an integer from 1 to 16384, got \"2\".")]
    [InlineData("\"n\":2,\"temperature\":0", "n", "n must be 1 when using greedy sampling, got 2.")]
    [InlineData("\"max_tokens\":0", "max_tokens", "Expected `max_tokens` to be an integer of at least 1, got 0.")]
    [InlineData(
        "\"max_completion_tokens\":-1", "max_completion_tokens",
        "Expected `max_completion_tokens` to be an integer of at least 1, got -1.")]
    [InlineData("\"max_tokens\":[1]", "max_tokens", "Expected `max_tokens` to be an integer of at least 1, got [1].")]
    [InlineData("\"stop\":\"\"", "stop", "Expected `stop` to hold no empty string, got one.")]
    [InlineData("\"stop\":[\"a\",\"\"]", "stop", "Expected `stop` to hold no empty string, got one.")]
    [InlineData("\"stop\":[1]", "stop", "Expected `stop` to be a string, got 1.")]
    [InlineData("\"stop\":{}", "stop", "Expected `stop` to be a string or an array of strings, got {}.")]
    [InlineData(
        "\"stop_token_ids\":[-1]", "stop_token_ids",
        "Expected `stop_token_ids` to be an integer of at least 0, got -1.")]
    [InlineData(
        "\"stop_token_ids\":5", "stop_token_ids",
        "Expected `stop_token_ids` to be an array of integers, got 5.")]
    [InlineData("\"ignore_eos\":1", "ignore_eos", "Expected `ignore_eos` to be a boolean, got 1.")]
    [InlineData(
        "\"include_stop_str_in_output\":\"yes\"", "include_stop_str_in_output",
        "Expected `include_stop_str_in_output` to be a boolean, got \"yes\".")]
    [InlineData(
        "\"skip_special_tokens\":0", "skip_special_tokens",
        "Expected `skip_special_tokens` to be a boolean, got 0.")]
    [InlineData("\"return_token_ids\":{}", "return_token_ids", "Expected `return_token_ids` to be a boolean, got {}.")]
    [InlineData(
        "\"return_tokens_as_token_ids\":[]", "return_tokens_as_token_ids",
        "Expected `return_tokens_as_token_ids` to be a boolean, got [].")]
    [InlineData("\"stream\":\"true\"", "stream", "Expected `stream` to be a boolean, got \"true\".")]
    [InlineData(
        "\"stream_options\":{}", "stream_options",
        "Expected `stream_options` only together with `\"stream\": true`.")]
    [InlineData(
        "\"stream\":true,\"stream_options\":1", "stream_options",
        "Expected `stream_options` to be an object, got 1.")]
    [InlineData(
        "\"stream\":true,\"stream_options\":{\"include_usage\":1}", "include_usage",
        "Expected `include_usage` to be a boolean, got 1.")]
    [InlineData("\"model\":5", "model", "Expected `model` to be a string, got 5.")]
    [InlineData(
        "\"cache_salt\":\"\"", "cache_salt",
        "Expected `cache_salt` to be a string that is not empty, got an empty one.")]
    [InlineData(
        "\"add_special_tokens\":\"x\"", "add_special_tokens",
        "Expected `add_special_tokens` to be a boolean, got \"x\".")]
    [InlineData(
        "\"max_tokens\":99", "max_tokens",
        "This model's maximum context length is 100 tokens. However, you requested ")]
    [InlineData(
        "\"max_tokens\":2147483647", "max_tokens",
        "This model's maximum context length is 100 tokens. However, you requested ")]
    public async Task Wrong_value_is_refused_by_name_in_both_apis(string fields, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(server, "/v1/completions", "\"prompt\":\"Hi\"," + fields, param, message);
        await ExpectAsync(
            server, "/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]," + fields, param,
            message);
    }

    [Theory]
    [InlineData(
        "\"model\":\"tiny\"", "prompt",
        "Expected `prompt`: a string, token ids, or an array of either; got none.")]
    [InlineData(
        "\"prompt\":null", "prompt",
        "Expected `prompt`: a string, token ids, or an array of either; got none.")]
    [InlineData(
        "\"prompt\":[]", "prompt",
        "Expected `prompt` to be a string, an array of strings, an array of token ids, or an array of "
        + "arrays of token ids, and not empty, got [].")]
    [InlineData(
        "\"prompt\":7", "prompt",
        "Expected `prompt` to be a string, an array of strings, an array of token ids, or an array of "
        + "arrays of token ids, and not empty, got 7.")]
    [InlineData(
        "\"prompt\":[true]", "prompt",
        "Expected `prompt` to be a string, an array of strings, an array of token ids, or an array of "
        + "arrays of token ids, got [true].")]
    [InlineData("\"prompt\":[[]]", "prompt", "Expected `prompt` to hold at least one token, got none.")]
    [InlineData(
        "\"prompt\":\"\",\"add_special_tokens\":false", "prompt",
        "Expected `prompt` to hold at least one token, got none.")]
    [InlineData("\"prompt\":[1,\"a\"]", "prompt", "Expected `prompt` to be an integer of at least 0, got \"a\".")]
    [InlineData("\"prompt\":[\"a\",1]", "prompt", "Expected `prompt` to be a string, got 1.")]
    [InlineData(
        "\"prompt\":[[1],2]", "prompt",
        "Expected `prompt` to be arrays of token ids throughout, like its first item, got 2.")]
    [InlineData("\"prompt\":[260]", "prompt", "Expected token ids in `prompt` from 0 to 259, got 260.")]
    [InlineData("\"prompt\":[-1]", "prompt", "Expected `prompt` to be an integer of at least 0, got -1.")]
    [InlineData(
        "\"prompt\":\"Hi\",\"logprobs\":21", "logprobs",
        "Expected `logprobs` to be from 0 to 20, the most this server allows, got 21.")]
    [InlineData(
        "\"prompt\":\"Hi\",\"logprobs\":-1", "logprobs",
        "Expected `logprobs` to be from 0 to 20, the most this server allows, got -1.")]
    [InlineData(
        "\"prompt\":\"Hi\",\"logprobs\":-2", "logprobs",
        "Expected `logprobs` to be an integer of at least -1, got -2.")]
    [InlineData(
        "\"prompt\":\"Hi\",\"logprobs\":true", "logprobs",
        "Expected `logprobs` to be an integer of at least -1, got true.")]
    [InlineData(
        "\"prompt\":\"Hi\",\"echo\":1,\"logprobs\":1", "echo", "Expected `echo` to be a boolean, got 1.")]
    [InlineData(
        "\"prompt\":\"Hi\",\"min_tokens\":17", "min_tokens",
        "Expected `min_tokens` to be at most max_tokens, which is 16, got 17.")]
    public async Task Wrong_completion_is_refused_by_name(string fields, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(server, "/v1/completions", fields, param, message);
    }

    [Theory]
    [InlineData(
        "\"model\":\"tiny\"", "messages",
        "Expected `messages`: an array of objects with role and content; got none.")]
    [InlineData("\"messages\":[]", "messages", "Expected `messages` to be an array of at least one message, got [].")]
    [InlineData(
        "\"messages\":\"Hi\"", "messages",
        "Expected `messages` to be an array of at least one message, got \"Hi\".")]
    [InlineData(
        "\"messages\":[1]", "messages[0]",
        "Expected `messages[0]` to be an object with role and content, got 1.")]
    [InlineData(
        "\"messages\":[{\"content\":\"a\"}]", "messages[0].role",
        "Expected `messages[0].role` to be a string, got none.")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":1}]", "messages[1].role",
        "Expected `messages[1].role` to be a string, got 1.")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":5}]", "messages[0].content",
        "Expected `messages[0].content` to be a string or an array of text parts, got 5.")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]", "messages[0].content[0]",
        "Expected `messages[0].content[0]` to be a part of the form")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":[7]}]", "messages[0].content[0]",
        "Expected `messages[0].content[0]` to be a part of the form")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\"}],\"top_logprobs\":3", "top_logprobs",
        "Expected `top_logprobs` only together with `\"logprobs\": true`.")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\"}],\"logprobs\":true,\"top_logprobs\":21", "top_logprobs",
        "Expected `top_logprobs` to be from 0 to 20, the most this server allows, got 21.")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\"}],\"logprobs\":5", "logprobs",
        "Expected `logprobs` to be a boolean, got 5.")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\"}],\"chat_template_kwargs\":[]", "chat_template_kwargs",
        "Expected `chat_template_kwargs` to be an object, got [].")]
    [InlineData(
        "\"messages\":[{\"role\":\"user\"}],\"add_generation_prompt\":2", "add_generation_prompt",
        "Expected `add_generation_prompt` to be a boolean, got 2.")]
    public async Task Wrong_chat_is_refused_by_name(string fields, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(server, "/v1/chat/completions", fields, param, message);
    }

    // The rules of reference 4.5, field by field.
    [Theory]
    [InlineData("presence_penalty", "2.01", "to be a number from -2 to 2, got 2.01.")]
    [InlineData("presence_penalty", "-1e999", "to be a number from -2 to 2, got -1e999.")]
    [InlineData("presence_penalty", "\"NaN\"", "to be a number from -2 to 2, got \"NaN\".")]
    [InlineData("frequency_penalty", "-2.5", "to be a number from -2 to 2, got -2.5.")]
    [InlineData("frequency_penalty", "false", "to be a number from -2 to 2, got false.")]
    [InlineData("repetition_penalty", "0", "to be a finite number over 0, got 0.")]
    [InlineData("repetition_penalty", "-1", "to be a finite number over 0, got -1.")]
    [InlineData("repetition_penalty", "1e999", "to be a finite number over 0, got 1e999.")]
    [InlineData("repetition_penalty", "1e39", "to be a finite number over 0, got 1e39.")]
    [InlineData("min_tokens", "-1", "to be an integer of at least 0, got -1.")]
    [InlineData("min_tokens", "1.5", "to be an integer of at least 0, got 1.5.")]
    [InlineData("min_tokens", "100", "to be at most max_tokens, which is ")]
    [InlineData("logit_bias", "[1]", "to be an object, got [1].")]
    [InlineData("logit_bias", "{\"5\":\"x\"}", "to hold finite numbers, got \"x\" for token 5.")]
    [InlineData("logit_bias", "{\"5\":1e999}", "to hold finite numbers, got 1e999 for token 5.")]
    [InlineData("logit_bias", "{\"5\":null}", "to hold finite numbers, got null for token 5.")]
    [InlineData("allowed_token_ids", "[]", "to hold at least one token id, got none.")]
    [InlineData("allowed_token_ids", "[260]", "to be an integer from 0 to 259, got 260.")]
    [InlineData("allowed_token_ids", "[-1]", "to be an integer from 0 to 259, got -1.")]
    [InlineData("allowed_token_ids", "[1,\"2\"]", "to be an integer from 0 to 259, got \"2\".")]
    [InlineData("allowed_token_ids", "7", "to be an array of integers, got 7.")]
    [InlineData("bad_words", "\"x\"", "to be an array of strings, got \"x\".")]
    [InlineData("bad_words", "[1]", "to be a string, got 1.")]
    [InlineData("bad_words", "[\"a\",\"\"]", "to hold no empty word, got one.")]
    [InlineData("bad_words", "[\" \\n\"]", "to hold no empty word, got one.")]
    [InlineData("prompt_logprobs", "-2", "to be an integer of at least -1, got -2.")]
    [InlineData("prompt_logprobs", "-1", "to be from 0 to 20, the most this server allows, got -1.")]
    [InlineData("prompt_logprobs", "21", "to be from 0 to 20, the most this server allows, got 21.")]
    [InlineData("prompt_logprobs", "true", "to be an integer of at least -1, got true.")]
    [InlineData("priority", "1", "to be 0, as this server does not schedule by priority, got 1.")]
    [InlineData("priority", "2147483648", "to be an integer from -2147483648 to 2147483647, got 2147483648.")]
    [InlineData("cache_salt", "5", "to be a string, got 5.")]
    [InlineData("truncate_prompt_tokens", "0", "to be -1 or from 1 to 100, the model's maximum context length, got 0.")]
    [InlineData("truncate_prompt_tokens", "101", "to be -1 or from 1 to 100, the model's maximum context length, got 101.")]
    [InlineData("truncate_prompt_tokens", "-2", "to be an integer of at least -1, got -2.")]
    public async Task Value_against_the_rules_is_refused_by_name_and_limit(string name, string value, string expected)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var field = $"\"{name}\":{value}";
        await ExpectAsync(server, "/v1/completions", "\"prompt\":\"Hi\"," + field, name, $"Expected `{name}` {expected}");
        await ExpectAsync(
            server, "/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]," + field, name,
            $"Expected `{name}` {expected}");
    }

    [Theory]
    [InlineData(
        "\"stream\":true,\"prompt_logprobs\":0", "prompt_logprobs",
        "`prompt_logprobs` are not available with `\"stream\": true`; leave one of them out.")]
    [InlineData(
        "\"logit_bias\":{\"x\":1,\"260\":1,\"-1\":1,\"5\":1,\"1.0\":1}", "logit_bias",
        "Expected the keys of `logit_bias` to be token ids from 0 to 259, got \"x\", \"260\", \"-1\", \"1.0\".")]
    [InlineData(
        "\"allowed_token_ids\":[97,256],\"bad_words\":[\"a\"],\"min_tokens\":1", "allowed_token_ids",
        "Expected `allowed_token_ids` to leave a token to draw, but `bad_words` and `min_tokens` forbid all 2.")]
    [InlineData(
        "\"max_tokens\":4,\"min_tokens\":5", "min_tokens",
        "Expected `min_tokens` to be at most max_tokens, which is 4, got 5.")]
    public async Task Values_that_contradict_each_other_are_refused_by_name(string fields, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(server, "/v1/completions", "\"prompt\":\"Hi\"," + fields, param, message);
        await ExpectAsync(
            server, "/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]," + fields, param,
            message);
    }

    [Fact]
    public async Task Too_many_bad_words_and_too_many_prompt_logprobs_are_refused()
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { BadWordsMax = 2, PromptLogprobEntriesMax = 23 });
        await ExpectAsync(
            server, "/v1/completions", "\"prompt\":\"a\",\"bad_words\":[\"a\",\"b\",\"c\"]", "bad_words",
            "Expected at most 2 words in `bad_words`, got 3.");
        await ExpectAsync(
            server, "/v1/completions", $"\"prompt\":\"a\",\"bad_words\":[\"{new string('a', 129)}\"]", "bad_words",
            "Expected the words of `bad_words` to be at most 128 characters together, got 129.");
        await ExpectAsync(
            server, "/v1/completions", "\"prompt\":[1,2],\"n\":2,\"prompt_logprobs\":5", "prompt_logprobs",
            "Expected at most 23 logprobs of prompt tokens in one answer, got 24: ask for fewer");
        await ExpectAsync(
            server, "/v1/completions", "\"prompt\":[1,2],\"n\":2,\"logprobs\":5,\"echo\":true", "echo",
            "Expected at most 23 logprobs of prompt tokens in one answer, got 24: ask for fewer");
        await ExpectAsync(
            server, "/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"prompt_logprobs\":1",
            "prompt_logprobs", "Expected at most 23 logprobs of prompt tokens in one answer, got 42: ask for fewer");
    }

    [Fact]
    public async Task Long_cache_salt_is_refused()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(
            server, "/v1/completions", $"\"prompt\":\"a\",\"cache_salt\":\"{new string('s', 4097)}\"", "cache_salt",
            "Expected `cache_salt` to be at most 4096 characters, got 4097.");
    }

    [Fact]
    public async Task Wrong_keys_of_a_large_logit_bias_are_listed_but_not_all()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var keys = Enumerable.Range(300, 5000).Select(id => $"\"{id}\":1").Prepend($"\"{new string('k', 100)}\":1");
        await ExpectAsync(
            server, "/v1/completions", $"\"prompt\":\"a\",\"logit_bias\":{{{string.Join(',', keys)}}}", "logit_bias",
            "Expected the keys of `logit_bias` to be token ids from 0 to 259, got a string of 100 characters, \"300\", \"301\", "
            + "\"302\", \"303\", \"304\", \"305\", \"306\", \"307\", \"308\" and 4991 more.");
    }

    [Theory]
    [InlineData(99, "to 100 tokens")]
    [InlineData(150, "151 tokens")]
    [InlineData(500_000, "500000 characters")]
    public async Task Prompt_that_fills_the_context_is_refused(int characterCount, string came)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var error = await ErrorAsync(server, "/v1/completions", $"\"prompt\":\"{new string('a', characterCount)}\"");
        var message = (string?)error["message"];
        Assert.StartsWith(
            "This model's maximum context length is 100 tokens. However, you requested a prompt of ", message,
            StringComparison.Ordinal);
        Assert.Contains(came.Replace("to 100", "100", StringComparison.Ordinal), message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_stop_strings_and_too_many_choices_are_refused()
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { StopStringsMax = 2, ChoicesMax = 4 });
        await ExpectAsync(
            server, "/v1/completions", "\"prompt\":\"a\",\"stop\":[\"a\",\"b\",\"c\"]", "stop",
            "Expected at most 2 strings in `stop`, got 3.");
        await ExpectAsync(
            server, "/v1/completions", "\"prompt\":[\"a\",\"b\",\"c\"],\"n\":2", "n",
            "Expected at most 4 choices in one request, got 3 prompts of n = 2.");
        await ExpectAsync(
            server, "/v1/completions", "\"prompt\":[\"a\",\"b\",\"c\",\"d\",\"e\"]", "prompt",
            "Expected at most 4 prompts, got 5.");
    }

    [Theory]
    [InlineData("/v1/completions")]
    [InlineData("/v1/chat/completions")]
    public async Task Unknown_model_is_not_found(string path)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync(path, """{"model":"gpt-9"}""");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(
            """{"error":{"message":"The model `gpt-9` does not exist.","type":"NotFoundError","param":"model","code":404}}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Model_may_be_left_out()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/v1/completions", """{"prompt":"a"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("tiny", server.Engine.Single.Model);
    }

    [Fact]
    public async Task Chat_without_a_template_is_refused()
    {
        await using var server = await ServerUnderTest.StartAsync(model: model => model with { Template = null });
        await ExpectAsync(
            server, "/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]", "messages",
            "The model `tiny` has no chat template, so it cannot chat; use /v1/completions.");
    }

    [Fact]
    public async Task Conversation_that_the_template_refuses_is_refused()
    {
        await using var server = await ServerUnderTest.StartAsync(
            model: model => model with
            {
                Template = ChatTemplate.Parse("{{ raise_exception('roles must alternate') }}"),
            });
        await ExpectAsync(
            server, "/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]", "messages",
            "The chat template refused the conversation: roles must alternate");
    }

    private static async Task ExpectAsync(
        ServerUnderTest server, string path, string fields, string param, string message)
    {
        var error = await ErrorAsync(server, path, fields);
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal(param, (string?)error["param"]);
    }

    private static async Task<JsonNode> ErrorAsync(ServerUnderTest server, string path, string fields)
    {
        using var response = await server.PostAsync(path, $"{{{fields}}}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(["message", "type", "param", "code"], error.AsObject().Select(field => field.Key));
        Assert.Equal("BadRequestError", (string?)error["type"]);
        Assert.Equal(400, (int?)error["code"]);
        Assert.Empty(server.Engine.Requests);
        return error;
    }
}
