using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Cluster.Http;

/// <summary>Where the server listens, and the limits of what it takes.</summary>
/// <param name="Host">An address, `localhost`, or a name that resolves to an address of this machine.</param>
/// <param name="Port">0 lets the system choose.</param>
public sealed record HttpServerSettings(string Host, int Port)
{
    /// <summary>Largest request body. Unit: bytes. A larger one is answered 413.</summary>
    public long BodyBytesMax { get; init; } = 24 << 20;

    /// <summary>
    /// Most choices (prompts times n) of one request. A larger n is answered 400. vLLM's limit for n is 16384.
    /// </summary>
    public int ChoicesMax { get; init; } = 16384;

    /// <summary>
    /// Most alternatives a client may ask for beside each token; -1 allows the whole vocabulary. As vLLM's
    /// --max-logprobs.
    /// </summary>
    public int LogprobsMax { get; init; } = 20;

    /// <summary>Most stop strings of one request: each is looked for after every token.</summary>
    public int StopStringsMax { get; init; } = 256;

    /// <summary>Most words of `bad_words` in one request: their tokens travel with every step.</summary>
    public int BadWordsMax { get; init; } = 256;

    /// <summary>
    /// Most logprobs of prompt tokens in one answer: tokens times alternatives, over all choices. Some hundred bytes each
    /// while the answer is made.
    /// </summary>
    public int PromptLogprobEntriesMax { get; init; } = 1_000_000;

    /// <summary>
    /// Most bytes of a request's images, three a pixel, after they were fitted to the model: they travel with the request, and
    /// with the steps that see them. Unit: bytes.
    /// </summary>
    public int ImageBytesMax { get; init; } = 6_000_000;

    /// <summary>Most inputs of one request to /v1/embeddings. As OpenAI's.</summary>
    public int EmbeddingInputsMax { get; init; } = 2048;

    /// <summary>The engine keeps full KV blocks for later prompts; for the metrics.</summary>
    public bool CachesPrefixes { get; init; } = true;

    /// <summary>Adapters that run at once, for the metrics; null where none are served.</summary>
    public int? LorasMax { get; init; }

    /// <summary>Clients may load and unload adapters. As vLLM's VLLM_ALLOW_RUNTIME_LORA_UPDATING.</summary>
    public bool UpdatesAdapters { get; init; }

    /// <summary>Clients may restart workers and drain nodes.</summary>
    public bool Administrates { get; init; }

    /// <summary>The engine schedules by priority; otherwise a `priority` but 0 is answered 400.</summary>
    public bool TakesPriorities { get; init; }

    /// <summary>What the group does in disaggregated serving; null where it has no KV connector.</summary>
    public KvRole? KvRole { get; init; }

    /// <summary>Of which a request needs one.</summary>
    public ApiKeys ApiKeys { get; init; } = ApiKeys.None;

    /// <summary>What pages of other sites may do.</summary>
    public CrossOrigin CrossOrigin { get; init; } = CrossOrigin.Open;

    /// <summary>
    /// How the model writes calls: hermes or llama3_json; null where calls are not looked for. As vLLM's --tool-call-parser.
    /// </summary>
    public string? ToolCallFormat { get; init; }

    /// <summary>The model may decide to call; needs <see cref="ToolCallFormat"/>. As vLLM's --enable-auto-tool-choice.</summary>
    public bool ChoosesTools { get; init; }

    /// <summary>Clients may send a `chat_template` of their own. As vLLM's --trust-request-chat-template.</summary>
    public bool TrustsRequestTemplates { get; init; }

    /// <summary>Longest such template. Unit: characters.</summary>
    public int TemplateCharsMax { get; init; } = 65_536;

    /// <summary>What Retry-After says when the engine gives no time of its own. Unit: seconds.</summary>
    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary>How long /health and the reports wait for the engine. Unit: milliseconds.</summary>
    public int ReportTimeoutMs { get; init; } = 5000;

    /// <summary>
    /// How long the reader of a stream may take nothing before it counts as gone. Unit: milliseconds.
    /// </summary>
    public int StallTimeoutMs { get; init; } = 30_000;

    /// <summary>
    /// How long a stop waits for open responses to be written, after their generation was ended. Unit: milliseconds.
    /// </summary>
    public int StopTimeoutMs { get; init; } = 3000;
}
