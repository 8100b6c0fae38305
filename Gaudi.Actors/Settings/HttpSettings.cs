namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.http`.</summary>
/// <param name="BodyBytesMax">Largest request body. Unit: bytes.</param>
/// <param name="ChoicesMax">Most choices of one request.</param>
/// <param name="LogprobsMax">Most alternatives beside a token; -1 allows the whole vocabulary.</param>
/// <param name="StopStringsMax">Most stop strings of one request.</param>
/// <param name="BadWordsMax">Most bad words of one request.</param>
/// <param name="PromptLogprobEntriesMax">Most logprobs of prompt tokens in one answer.</param>
/// <param name="RetryAfterSeconds">What a 503 without a better idea says.</param>
/// <param name="ReportTimeout">For a report endpoint.</param>
/// <param name="StallTimeout">For a reader that takes nothing.</param>
/// <param name="StopTimeout">For running answers when the server stops.</param>
public sealed record HttpSettings(
    long BodyBytesMax, int ChoicesMax, int LogprobsMax, int StopStringsMax, int BadWordsMax, int PromptLogprobEntriesMax,
    int RetryAfterSeconds, TimeSpan ReportTimeout, TimeSpan StallTimeout, TimeSpan StopTimeout)
{
    /// <summary>Most inputs of one request for embeddings.</summary>
    public int EmbeddingInputsMax { get; init; }

    /// <summary>Largest PNG or JPEG file of a request. Unit: bytes.</summary>
    public int ImageFileBytesMax { get; init; }

    /// <summary>Most pixels of such a file, as its header says.</summary>
    public int ImagePixelsMax { get; init; }

    /// <summary>Most bytes of a request's images once they fit the model.</summary>
    public int ImageBytesMax { get; init; }

    /// <summary>Whether and how images are fetched.</summary>
    public MediaSettings Media { get; init; } = new(MediaDomains.None, FollowsRedirects: false, 0, TimeSpan.Zero);

    /// <summary>How long a stop waits for accepted requests; zero ends them at once.</summary>
    public TimeSpan DrainTimeout { get; init; }

    /// <summary>How long a router waits for a prefill server's answer.</summary>
    public TimeSpan PrefillTimeout { get; init; }

    /// <summary>How often the log says what the engine does; zero never.</summary>
    public TimeSpan StatsInterval { get; init; }

    /// <summary>Origins whose pages may read answers in a browser; `*` for all, empty for none.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Methods they may use; `*` for all.</summary>
    public IReadOnlyList<string> AllowedMethods { get; init; } = [];

    /// <summary>Headers they may send; `*` for all.</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [];

    /// <summary>They may send cookies and the like along.</summary>
    public bool AllowsCredentials { get; init; }

    /// <summary>How the model writes calls of tools: `hermes` or `llama3_json`; null where calls are not looked for.</summary>
    public string? ToolCallFormat { get; init; }

    /// <summary>The model may decide to call a tool.</summary>
    public bool ChoosesTools { get; init; }

    /// <summary>Clients may send a chat template of their own.</summary>
    public bool TrustsRequestTemplates { get; init; }

    /// <summary>Longest such template. Unit: characters.</summary>
    public int TemplateCharsMax { get; init; }

    /// <summary>One of these is needed for all but /health, /ping, /livez and /readyz; empty for none. Not to be logged.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Clients may restart workers and drain nodes.</summary>
    public bool Administrates { get; init; }

    internal static HttpSettings Read(SettingsReader reader)
    {
        const string None = "none";
        var format = reader.OneOf("gaudi.http.tool-call-parser", None, "hermes", "llama3_json");
        var choosesTools = reader.Switch("gaudi.http.auto-tool-choice");
        if (choosesTools && format == None)
            reader.Complain("gaudi.http.auto-tool-choice", "on", "off while gaudi.http.tool-call-parser is none");
        return ReadLimits(reader) with
        {
            ToolCallFormat = format == None ? null : format,
            ChoosesTools = choosesTools,
            TrustsRequestTemplates = reader.Switch("gaudi.http.trust-request-chat-template"),
            DrainTimeout = TimeSpan.FromMilliseconds(reader.Count("gaudi.http.drain-timeout-ms", 0)),
            PrefillTimeout = reader.Milliseconds("gaudi.http.prefill-timeout-ms"),
            StatsInterval = TimeSpan.FromMilliseconds(reader.Count("gaudi.http.stats-interval-ms", 0)),
            ImageFileBytesMax = reader.Count("gaudi.http.image-file-bytes-max", 1),
            ImagePixelsMax = reader.Count("gaudi.http.image-pixels-max", 1),
            ImageBytesMax = reader.Count("gaudi.http.image-bytes-max", 1),
            Media = MediaSettings.Read(reader, ProcessEnvironment.Of(ProcessEnvironment.MediaRedirectsName)),
            EmbeddingInputsMax = reader.Count("gaudi.http.embedding-inputs-max", 1),
            TemplateCharsMax = reader.Count("gaudi.http.chat-template-chars-max", 1),
            Administrates = reader.Switch("gaudi.http.administration"),
            ApiKeys = reader.ApiKeys("gaudi.http.api-keys"),
            AllowedOrigins = reader.List("gaudi.http.allowed-origins"),
            AllowedMethods = reader.List("gaudi.http.allowed-methods"),
            AllowedHeaders = reader.List("gaudi.http.allowed-headers"),
            AllowsCredentials = reader.Switch("gaudi.http.allow-credentials"),
        };
    }

    private static HttpSettings ReadLimits(SettingsReader reader) => new(
        reader.Count("gaudi.http.body-bytes-max", 1),
        reader.Count("gaudi.http.choices-max", 1),
        reader.Count("gaudi.http.logprobs-max", -1),
        reader.Count("gaudi.http.stop-strings-max", 0),
        reader.Count("gaudi.http.bad-words-max", 0),
        reader.Count("gaudi.http.prompt-logprob-entries-max", 0),
        reader.Count("gaudi.http.retry-after-seconds", 1, 3600),
        reader.Milliseconds("gaudi.http.report-timeout-ms"),
        reader.Milliseconds("gaudi.http.stall-timeout-ms"),
        reader.Milliseconds("gaudi.http.stop-timeout-ms"));
}
