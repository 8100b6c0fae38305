using System.Text;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Bodies that were right, with a change or two: in the text, in its bytes, or in what it says (<see cref="MutatedTree"/>).</summary>
internal static class MutatedBodies
{
    private static readonly string[] Paths =
        ["/v1/completions", "/v1/chat/completions", "/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize",
        "/v1/embeddings", "/v1/embeddings"];

    /// <summary>Right for one path at least, and together they have every known field.</summary>
    internal static readonly string[] Valid =
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
        {"input":["ab","c"],"encoding_format":"base64","dimensions":3,"pooling_type":"LAST","normalize":false,"user":"u"}
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
        {"prompt":"abc","guided_choice":["a","b"]}
        """,
        """
        {"prompt":"abcdef","truncate_prompt_tokens":3,"truncation_side":"right","watermarking":false,"ec_transfer_params":{},
         "structural_tag":"","session_id":"s","prompt_cache_retention":"24h","routed_experts_prompt_start":0,"return_token_offsets":false}
        """,
        """
        {"messages":[{"role":"user","content":"x"}],"return_prompt_text":false,"media_io_kwargs":{},"return_mm_kwargs":false}
        """,
        """
        {"input":"ab","use_activation":false,"padding":"do_not_pad","embed_dtype":"float32","endianness":"little"}
        """,
        """
        {"messages":[{"role":"user","content":"x"}],"chat_template":"{% for m in messages %}{{ m }}{% endfor %}"}
        """,
        """
        {"prompt":"abc","guided_json":{"type":"object","properties":{"a":{"const":1}},"required":["a"],"additionalProperties":false},
         "top_p":0.9,"skip_special_tokens":false,"return_tokens_as_token_ids":true,"logprobs":0,"best_of":1,"use_beam_search":false,
         "stream_options":null,"user":"u","metadata":{"a":"b"},"store":false,"service_tier":"auto","stream_interval":2}
        """,
        """
        {"prompt":"abc","guided_regex":"[ab]{2}","max_completion_tokens":4,"logits_processors":[],"logprob_token_ids":[],
         "repetition_detection":null,"thinking_token_budget":-1,"guided_grammar":null,"kv_transfer_params":{},"vllm_xargs":{},
         "suffix":"","prompt_embeds":"","length_penalty":1,"early_stopping":false,"spaces_between_special_tokens":true}
        """,
        """
        {"messages":[{"role":"user","content":"x"}],"guided_json_object":true,"add_generation_prompt":false,"functions":[],
         "function_call":"none","audio":null,"modalities":["text"],"web_search_options":null,"safety_identifier":"s",
         "prompt_cache_key":"k","guided_decoding_backend":"b","guided_whitespace_pattern":" ","mm_processor_kwargs":{},
         "include_reasoning":true,"prediction":{"type":"content","content":"x"},"verbosity":"low"}
        """,
    ];

    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "0", "1e999", "1e-400", "9223372036854775807", "99999999999999999999",
        "\"\"", "\"\\ud800\"",
        "[]", "{}", "[[]]", "[null]", "{\"a\":1,\"a\":2}", ",", ":", "\"", "\\", "\u0000", "🎲",
        "[[[[[[[[", "}", "1.0", "[{}]", "\"x\"",
    ];

    /// <summary>One of the paths that bodies go to.</summary>
    internal static string PathOf(Random random) => Paths[random.Next(Paths.Length)];

    /// <summary>The next body.</summary>
    internal static byte[] Next(Random random)
    {
        var body = Valid[random.Next(Valid.Length)];
        return random.Next(2) == 0 ? Text(body, random) : Text(MutatedTree.Next(body, random), random, changeCount: random.Next(5) == 0 ? 1 : 0);
    }

    private static byte[] Text(string body, Random random) => Text(body, random, random.Next(1, 3));

    private static byte[] Text(string body, Random random, int changeCount)
    {
        var text = new StringBuilder(body);
        for (var change = changeCount; change > 0; change--)
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
                var body = Valid[random.Next(Valid.Length)];
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
