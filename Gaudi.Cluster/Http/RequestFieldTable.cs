using System.Collections.Immutable;
using System.Text.Json;
using static Gaudi.Cluster.Http.FieldUse;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Every known field of the two generation APIs and of embeddings, OpenAI's and vLLM's, and what becomes of it. A client that gets
/// an answer may trust that it is the one it asked for. The README shows this table; a test holds both together and sends each field.
/// </summary>
internal static class RequestFieldTable
{
    /// <summary>In the README's order.</summary>
    public static ImmutableArray<RequestField> All { get; } =
    [
        new("prompt", Honoured, Unknown, "text, token ids, or several of either"),
        new("messages", Unknown, Honoured, "any role that the template knows, text parts, past `tool_calls`") { Embeddings = Honoured },
        new("input", Unknown, Unknown, "text, token ids, or several of either; or `messages` in its place") { Embeddings = Honoured },
        new("model", Honoured, Honoured, "the served name or an adapter's; empty or absent means the served model; any other is a 404")
        {
            Embeddings = Honoured,
        },
        new("stream", Honoured, Honoured, "server-sent events, `data: [DONE]` as the last"),
        new("stream_options", Honoured, Honoured, "`include_usage`, `continuous_usage_stats`; only with `stream`"),
        new(
            "max_tokens", Honoured, Honoured,
            "absent: 16 for completions, the rest of the context for chat; 0 with `echo` in completions: the prompt alone"),
        new("max_completion_tokens", Honoured, Honoured, "the same; wins over `max_tokens`"),
        new("n", Honoured, Honoured, "choices of each prompt; 1 where sampling is greedy"),
        new("temperature", Honoured, Honoured, "0 to 2; under 0.00001 greedy; under 0.01 raised to it"),
        new("top_p", Honoured, Honoured, "over 0, up to 1"),
        new("top_k", Honoured, Honoured, "-1 or 0: off"),
        new("min_p", Honoured, Honoured, "0 to 1"),
        new("seed", Honoured, Honoured, "-1: none; without one the server draws one"),
        new("presence_penalty", Honoured, Honoured, "-2 to 2"),
        new("frequency_penalty", Honoured, Honoured, "-2 to 2"),
        new("repetition_penalty", Honoured, Honoured, "over 0"),
        new("logit_bias", Honoured, Honoured, "by token id, -100 to 100"),
        new("allowed_token_ids", Honoured, Honoured, "no other is drawn"),
        new("bad_words", Honoured, Honoured, "never written, at the start of a text or behind a space"),
        new("min_tokens", Honoured, Honoured, "no end before"),
        new("stop", Honoured, Honoured, "a text or several"),
        new("stop_token_ids", Honoured, Honoured, "end a choice as stop texts do"),
        new("include_stop_str_in_output", Honoured, Honoured, "the stop text stays"),
        new("ignore_eos", Honoured, Honoured, "the end token is one like others"),
        new("logprobs", Honoured, Honoured, "completions: how many alternatives; chat: whether"),
        new("prompt_logprobs", Honoured, Honoured, "not with `stream`"),
        new(
            "skip_special_tokens", Honoured, Honoured,
            "on; off for chat with `tools` in the format hermes, whose tags may be special"),
        new("return_token_ids", Honoured, Honoured, "of prompt and answer"),
        new("return_tokens_as_token_ids", Honoured, Honoured, "`token_id:N` in place of a text in logprobs"),
        new(
            "echo", Honoured, Honoured,
            "completions: the prompt comes first; chat: the last message, where it is the assistant's"),
        new(
            "add_special_tokens", Honoured, Honoured,
            "absent: on for completions, off for chat, whose template writes them") { Embeddings = Honoured },
        new("truncate_prompt_tokens", Honoured, Honoured, "so many are kept; -1: what fits") { Embeddings = Honoured },
        new("truncation_side", Honoured, Honoured, "left: the last tokens are kept; right: the first") { Embeddings = Honoured },
        new("response_format", Honoured, Honoured, "text, json_object, json_schema"),
        new(
            "structured_outputs", Honoured, Honoured,
            "one of json, json_object, regex, choice; grammar and structural_tag are a 400; options for white space change nothing"),
        new("guided_json", Honoured, Honoured, "as structured_outputs.json"),
        new("guided_json_object", Honoured, Honoured, "as structured_outputs.json_object"),
        new("guided_regex", Honoured, Honoured, "as structured_outputs.regex"),
        new("guided_choice", Honoured, Honoured, "as structured_outputs.choice"),
        new("priority", Honoured, Honoured, "where the server schedules by priority; else 0 only") { Embeddings = Honoured },
        new("cache_salt", Honoured, Honoured, "prompts with different salts share no cached prefix") { Embeddings = Honoured },
        new("request_id", Honoured, Honoured, "the id of the answer where the header X-Request-Id is absent") { Embeddings = Honoured },
        new("kv_transfer_params", Honoured, Honoured, "with --kv-transfer-config; else ignored, with a warning in the log"),
        new("top_logprobs", Unknown, Honoured, "alternatives of each token; only with `logprobs`"),
        new("tools", Unknown, Honoured, "functions; `strict` in one changes nothing where the model decides"),
        new(
            "tool_choice", Unknown, Honoured,
            "none, auto, required, a function; auto needs --enable-auto-tool-choice, and calls none where the answer has a form"),
        new("parallel_tool_calls", Unknown, Honoured, "off: the first call alone is kept"),
        new("add_generation_prompt", Unknown, Honoured, "on") { Embeddings = Honoured },
        new("continue_final_message", Unknown, Honoured, "the answer goes on with the last message") { Embeddings = Honoured },
        new("chat_template", Unknown, Honoured, "only with --trust-request-chat-template; else a 400") { Embeddings = Honoured },
        new("chat_template_kwargs", Unknown, Honoured, "variables of the template") { Embeddings = Honoured },
        new("documents", Unknown, Honoured, "for templates that quote them") { Embeddings = Honoured },
        new("reasoning_effort", Unknown, Honoured, "a variable of the template; models without it do not change") { Embeddings = Honoured },
        new("encoding_format", Unknown, Unknown, "float or base64") { Embeddings = Honoured },
        new("dimensions", Unknown, Unknown, "the size of the model's vectors") { Embeddings = Honoured },
        new("pooling_type", Unknown, Unknown, "MEAN or LAST") { Embeddings = Honoured },
        new("use_activation", Unknown, Unknown, "off: vectors keep their length") { Embeddings = Honoured },
        new("normalize", Unknown, Unknown, "the older name of `use_activation`") { Embeddings = Honoured },
        new("best_of", Refused, Refused, "1 asks for nothing") { AsksForNothing = value => IsNumber(value, 1) },
        new("use_beam_search", Refused, Refused, "") { AsksForNothing = IsFalse },
        new("logits_processors", Refused, Refused, "") { AsksForNothing = IsEmpty },
        new("logprob_token_ids", Refused, Refused, "") { AsksForNothing = IsEmpty },
        new("repetition_detection", Refused, Refused, ""),
        new("thinking_token_budget", Refused, Refused, "-1 asks for nothing") { AsksForNothing = value => IsNumber(value, -1) },
        new("guided_grammar", Refused, Refused, "") { AsksForNothing = IsEmpty },
        new("vllm_xargs", Refused, Refused, "arguments of vLLM's own plugins") { AsksForNothing = IsEmpty },
        new("ec_transfer_params", Refused, Refused, "no disaggregated encoder") { AsksForNothing = IsEmpty },
        new("watermarking", Refused, Refused, "") { AsksForNothing = IsFalse },
        new("structural_tag", Refused, Refused, "an older form of structured_outputs.structural_tag") { AsksForNothing = IsEmpty },
        new("suffix", Refused, Unknown, "") { AsksForNothing = IsEmpty },
        new("prompt_embeds", Refused, Unknown, "") { AsksForNothing = IsEmpty },
        new("functions", Unknown, Refused, "the older form of `tools`") { AsksForNothing = IsEmpty },
        new(
            "function_call", Unknown, Refused,
            "the older form of `tool_choice`; none and auto ask for nothing") { AsksForNothing = value => IsOneOf(value, "none", "auto") },
        new("audio", Unknown, Refused, ""),
        new(
            "modalities", Unknown, Refused,
            "[\"text\"] asks for nothing") { AsksForNothing = value => value.GetRawText() == "[\"text\"]" },
        new("web_search_options", Unknown, Refused, ""),
        new("return_prompt_text", Unknown, Refused, "/tokenize and the template tell it") { AsksForNothing = IsFalse },
        new("media_io_kwargs", Unknown, Refused, "images are decoded one way") { Embeddings = Refused, AsksForNothing = IsEmpty },
        new(
            "mm_processor_kwargs", Ignored, Refused,
            "the model's folder says what images become; only chat has any") { Embeddings = Ignored, AsksForNothing = IsEmpty },
        new(
            "padding", Unknown, Unknown,
            "do_not_pad asks for nothing") { Embeddings = Refused, AsksForNothing = value => IsOneOf(value, "do_not_pad") },
        new(
            "embed_dtype", Unknown, Unknown,
            "float32 asks for nothing") { Embeddings = Refused, AsksForNothing = value => IsOneOf(value, "float32") },
        new(
            "endianness", Unknown, Unknown,
            "native and little ask for nothing") { Embeddings = Refused, AsksForNothing = value => IsOneOf(value, "native", "little") },
        new("user", Ignored, Ignored, "") { Embeddings = Ignored },
        new("metadata", Ignored, Ignored, "nothing is stored"),
        new("store", Ignored, Ignored, "nothing is stored"),
        new("service_tier", Ignored, Ignored, ""),
        new("safety_identifier", Ignored, Ignored, ""),
        new("prompt_cache_key", Ignored, Ignored, "the prefix cache needs none"),
        new("prompt_cache_retention", Ignored, Ignored, "blocks are kept while there is room"),
        new("session_id", Ignored, Ignored, "the prefix cache needs none"),
        new("stream_interval", Ignored, Ignored, "every token has its frame"),
        new("length_penalty", Ignored, Ignored, "of beam search alone"),
        new("early_stopping", Ignored, Ignored, "of beam search alone"),
        new("spaces_between_special_tokens", Ignored, Ignored, "of tokenizers this server has not"),
        new("guided_decoding_backend", Ignored, Ignored, "there is one"),
        new("guided_whitespace_pattern", Ignored, Ignored, "the form of blanks is free"),
        new("routed_experts_prompt_start", Ignored, Ignored, "of experts nothing is returned"),
        new("return_token_offsets", Ignored, Ignored, "of vLLM's render endpoints alone"),
        new("return_mm_kwargs", Ignored, Ignored, "of vLLM's render endpoints alone"),
        new("include_reasoning", Unknown, Ignored, "reasoning is text like any other"),
        new("prediction", Unknown, Ignored, "of speed alone"),
        new("verbosity", Unknown, Ignored, "a wish that these models do not know"),
    ];

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.GetRawText() == "\"\"",
        _ => false,
    };

    private static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var got) && got == number;

    private static bool IsOneOf(JsonElement value, params ReadOnlySpan<string?> texts) =>
        value.ValueKind == JsonValueKind.String && texts.Contains(value.GetString());
}
