using System.Text;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Whatever stands in whatever field, the answer is never the server's fault: each field with each value, then several.</summary>
public sealed class FieldSweepTests
{
    private const int MixedBodyCount = 800;

    private static readonly string[] Names =
    [
        "add_generation_prompt", "add_special_tokens", "allowed_token_ids", "audio", "bad_words", "best_of", "cache_salt",
        "chat_template", "chat_template_kwargs", "continue_final_message", "documents", "echo", "frequency_penalty",
        "function_call", "guided_json", "ignore_eos", "include_stop_str_in_output", "logit_bias", "logits_processors",
        "logprob_token_ids", "logprobs", "max_completion_tokens", "max_tokens", "messages", "min_p", "min_tokens", "model", "n",
        "presence_penalty", "priority", "prompt", "prompt_logprobs", "repetition_penalty", "response_format",
        "return_token_ids", "return_tokens_as_token_ids", "seed", "skip_special_tokens", "stop", "stop_token_ids", "stream",
        "stream_options", "structured_outputs", "suffix", "temperature", "tool_choice", "tools", "top_k", "top_logprobs",
        "top_p", "truncate_prompt_tokens", "use_beam_search", "user",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "2.5", "-0.0", "1e999", "-1e999", "1e-400", "2147483648",
        "-9223372036854775809", "\"\"", "\"x\"", "\"NaN\"", "\"\\u0000\"", "[]", "[0]", "[-1]", "[259,260]", "[null]", "[[1],[2]]",
        "[\"a\",\" \"]", "{}", "{\"5\":1}", "{\"5\":null,\"x\":[]}", "{\"type\":\"text\"}",
    ];

    [Theory]
    [InlineData("/v1/completions", "\"prompt\":\"ab\"")]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"ab\"}]")]
    public async Task Any_value_in_any_field_is_served_or_refused(string path, string needed)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var (served, refused) = (0, 0);
        foreach (var name in Names)
        {
            foreach (var value in Values)
                Count(await StatusAsync(server, path, needed.Contains($"\"{name}\"", StringComparison.Ordinal) ? "" : needed, $"\"{name}\":{value}"));
        }
        const int seed = 31;
        var random = new Random(seed);
        for (var body = 0; body < MixedBodyCount; body++)
        {
            var fields = random.GetItems(Names, 3).Distinct().Where(name => name is not ("prompt" or "messages"))
                .Select(name => $"\"{name}\":{Values[random.Next(Values.Length)]}");
            Count(await StatusAsync(server, path, needed, string.Join(',', fields)));
        }
        // Both roads must have been walked.
        Assert.True(served > 150 && refused > 150, $"{served} served, {refused} refused, seed {seed}");

        void Count(int status) => (served, refused) = status == 200 ? (served + 1, refused) : (served, refused + 1);
    }

    private static async Task<int> StatusAsync(ServerUnderTest server, string path, string needed, string fields)
    {
        var body = $"{{{string.Join(',', new[] { needed, fields }.Where(part => part != ""))}}}";
        using var response = await server.PostAsync(path, Encoding.UTF8.GetBytes(body));
        var answer = await response.Content.ReadAsStringAsync();
        var status = (int)response.StatusCode;
        Assert.True(status is 200 or 400 or 404 && !answer.Contains("InternalServerError", StringComparison.Ordinal),
            $"{body} to {path}: {status} {answer}");
        return status;
    }
}
