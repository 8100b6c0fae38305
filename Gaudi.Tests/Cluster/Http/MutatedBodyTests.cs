using System.Text;
using Gaudi.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Whatever bytes come, the answer is never the server's fault.</summary>
public sealed class MutatedBodyTests
{
    private const int BodyCount = 5000;

    private static readonly string[] Paths =
        ["/v1/completions", "/v1/chat/completions", "/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize",
        "/v1/embeddings", "/v1/embeddings"];

    private static readonly string[] Bodies =
    [
        """
        {"model":"tiny","prompt":"Hi","max_tokens":5,"temperature":0.5,"stop":["a","b"],"n":2,"logprobs":2,
         "stream":true}
        """,
        """
        {"prompt":[[1,2],[3]],"top_k":5,"min_p":0.1,"seed":3,"stop_token_ids":[4],"return_token_ids":true,
         "echo":false}
        """,
        """
        {"messages":[{"role":"user","content":[{"type":"text","text":"\u00e9\ud83d\ude00"}]}],"logprobs":true,
         "top_logprobs":3}
        """,
        """
        {"messages":[{"role":"system","content":"x","name":"y"}],"stream":true,"stream_options":{"include_usage":true},
         "chat_template_kwargs":{"style":{"a":[1]}}}
        """,
        """
        {"prompt":["ab","c"],"presence_penalty":0.5,"frequency_penalty":-1,"repetition_penalty":1.1,"min_tokens":2,
         "logit_bias":{"5":1,"97":-100},"allowed_token_ids":[97,98,99],"bad_words":["ab"],"prompt_logprobs":2}
        """,
        """
        {"messages":[{"role":"user","content":"x"}],"prompt_logprobs":0,"priority":0,"cache_salt":"s",
         "truncate_prompt_tokens":4,"stop":"l","include_stop_str_in_output":true,"min_tokens":1}
        """,
        """
        {"prompt":"abc","echo":true,"logprobs":3,"stream":true,"truncate_prompt_tokens":-1,"n":2,"ignore_eos":true}
        """,
        """
        {"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":
         {"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"enum":["\u00e9"]}}}}}],"tool_choice":"required"}
        """,
        """
        {"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":{"name":"f",
         "arguments":"{\"a\":[1]}"}}]},{"role":"tool","tool_call_id":"i","content":"4"}],"stream":true,
         "tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false}
        """,
        """
        {"messages":[{"role":"assistant","content":"x"}],"continue_final_message":true,"echo":true,"documents":[{"t":"d"}],
         "reasoning_effort":"low","request_id":"q","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}}
        """,
        """
        {"prompt":"abc","structured_outputs":{"json":"{\"type\":\"object\"}"},"tokens":[1,2],"return_token_strs":true}
        """,
        """
        {"input":["ab",[1,2]],"encoding_format":"base64","dimensions":3,"pooling_type":"LAST","normalize":false,"user":"u"}
        """,
        """
        {"input":[[1,2],[3]],"messages":null,"truncate_prompt_tokens":2,"cache_salt":"s","priority":0,"add_special_tokens":false}
        """,
        """
        {"prompt":"abc","structured_outputs":{"regex":"[a-f]{2,5}(x|y)*"},"response_format":null}
        """,
        """
        {"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
         {"anyOf":[{"type":"array","items":{"$ref":"#"},"minItems":1},{"enum":[1,"a"]}],"title":"t"}}}}
        """,
        """
        {"prompt":"abc","guided_choice":["a","b"],"chat_template":"{% for m in messages %}{{ m }}{% endfor %}"}
        """,
    ];

    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "0", "1e999", "1e-400", "9223372036854775807", "99999999999999999999",
        "\"\"", "\"\\ud800\"",
        "[]", "{}", "[[]]", "[null]", "{\"a\":1,\"a\":2}", ",", ":", "\"", "\\", "\u0000", "🎲",
        "[[[[[[[[", "}", "1.0", "[{}]", "\"x\"",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Mutated_bodies_never_make_a_server_error(int seed)
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { ToolCallFormat = "hermes", ChoosesTools = true, TrustsRequestTemplates = true },
            model => model with { ConstraintProblem = Refusal, HiddenSize = 3 });
        var random = new Random(seed);
        var servedCount = 0;
        for (var count = 0; count < BodyCount; count++)
        {
            var body = Mutated(random);
            var path = PathOf(random);
            using var response = await server.PostAsync(path, body);
            var answer = await response.Content.ReadAsStringAsync();
            var status = (int)response.StatusCode;
            var isOurFault = status >= 500 || answer.Contains("InternalServerError", StringComparison.Ordinal);
            Assert.False(
                isOurFault, $"seed {seed}, body {count} to {path}: {status} {answer}\n{Encoding.UTF8.GetString(body)}");
            servedCount += status == 200 ? 1 : 0;
        }
        // Both roads must have been walked: the mutations are neither all harmless nor all fatal.
        Assert.InRange(servedCount, BodyCount / 20, BodyCount * 19 / 20);
    }

    /// <summary>A body that was right, with one change or two.</summary>
    internal static byte[] Mutated(Random random) => Mutate(Bodies[random.Next(Bodies.Length)], random);

    /// <summary>One of the paths that bodies go to.</summary>
    internal static string PathOf(Random random) => Paths[random.Next(Paths.Length)];

    private static string? Refusal(OutputConstraint constraint)
    {
        try
        {
            OutputGrammar.Compile(constraint);
            return null;
        }
        catch (ConstraintFormatException refused)
        {
            return refused.Message;
        }
    }

    private static byte[] Mutate(string body, Random random)
    {
        var text = new StringBuilder(body);
        for (var change = random.Next(1, 3); change > 0; change--)
        {
            // Most changes replace a whole value or name: those get past the parser.
            var (start, length) = random.Next(4) == 0
                ? (random.Next(text.Length), random.Next(3))
                : Part(text.ToString(), random);
            length = Math.Min(length, text.Length - start);
            text.Remove(start, length).Insert(start, Piece(random));
        }
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (bytes.Length > 0 && random.Next(10) == 0)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    /// <summary>Nothing, something nasty, or something that is right in another place.</summary>
    private static string Piece(Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                return "";
            case < 4:
                return Pieces[random.Next(Pieces.Length)];
            default:
                var body = Bodies[random.Next(Bodies.Length)];
                var (start, length) = Part(body, random);
                return body.Substring(start, length);
        }
    }

    /// <summary>A random stretch between two of JSON's marks.</summary>
    private static (int Start, int Length) Part(string text, Random random)
    {
        char[] marks = [',', ':', '[', ']', '{', '}'];
        var start = text.Length == 0 ? 0 : text.IndexOfAny(marks, random.Next(text.Length)) + 1;
        var end = text.IndexOfAny(marks, Math.Min(start, text.Length));
        return (start, (end < 0 ? text.Length : end) - start);
    }
}
