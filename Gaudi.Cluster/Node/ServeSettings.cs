using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gaudi.Cluster.Node;

/// <summary>The flags of `serve` as HOCON, to be laid over the settings files. A flag that was not given says nothing.</summary>
internal static class ServeSettings
{
    // A path in quotes, as HOCON and JSON both have them.
    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Of(ServeOptions options)
    {
        var text = new StringBuilder();
        Set(text, "gaudi.group.tensor-parallel-size", options.TensorParallelSize);
        Set(text, "gaudi.replicas.data-parallel-size", options.DataParallelSize);
        Set(text, "gaudi.model.dtype", options.Dtype);
        Set(text, "gaudi.model.max-model-len", options.MaxModelLen);
        Set(text, "gaudi.model.block-size-tokens", options.BlockSizeTokens);
        Set(text, "gaudi.model.memory-utilization", options.MemoryUtilization);
        Set(text, options.Engine);
        Set(text, "gaudi.http.allowed-origins", List(options.Http.AllowedOrigins));
        Set(text, "gaudi.http.allowed-methods", List(options.Http.AllowedMethods));
        Set(text, "gaudi.http.allowed-headers", List(options.Http.AllowedHeaders));
        Set(text, "gaudi.http.allow-credentials", Switch(options.Http.AllowsCredentials));
        Set(text, "gaudi.http.tool-call-parser", options.Http.ToolCallFormat);
        Set(text, "gaudi.http.auto-tool-choice", Switch(options.Http.ChoosesTools));
        Set(text, "gaudi.http.stats-interval-ms", options.Http.IsSilent ? 0 : null);
        Set(text, "gaudi.http.drain-timeout-ms", options.Http.DrainSeconds is { } seconds ? (long)Math.Ceiling(seconds * 1000) : null);
        Set(text, "gaudi.http.media-domains", List(options.Http.MediaDomains));
        Set(text, "gaudi.http.trust-request-chat-template", Switch(options.Http.TrustsRequestTemplates));
        return text.ToString();
    }

    private static void Set(StringBuilder text, EngineOptions engine)
    {
        Set(text, "gaudi.model.kv-block-count", engine.KvBlockCount);
        Set(text, "gaudi.model.kv-cache-dtype", engine.KvCacheDtype);
        Set(text, "gaudi.model.pooling", engine.Pooling);
        Set(text, "gaudi.model.expert-parallel", Switch(engine.IsExpertParallel));
        Set(text, "gaudi.scheduler.max-num-batched-tokens", engine.StepTokensMax);
        Set(text, "gaudi.scheduler.max-num-seqs", engine.SequencesMax);
        Set(text, "gaudi.scheduler.long-prefill-token-threshold", engine.LongPrefillTokensMax);
        Set(text, "gaudi.scheduler.chunked-prefill", Switch(engine.ChunksPrefill));
        Set(text, "gaudi.scheduler.prefix-caching", Switch(engine.CachesPrefixes));
        Set(text, "gaudi.scheduler.policy", engine.Policy);
        Set(text, "gaudi.scheduler.max-loras", engine.LorasMax);
        Set(text, "gaudi.lora.enabled", Switch(engine.HasLoras));
        Set(text, "gaudi.lora.modules", List(engine.LoraModules));
        Set(text, "gaudi.lora.max-lora-rank", engine.LoraRankMax);
        if (engine.KvTransfer is { } transfer)
            Set(text, transfer);
        if (engine.Speculation is not { } speculation)
            return;
        Set(text, "gaudi.speculative.method", speculation.Method);
        Set(text, "gaudi.speculative.model", JsonSerializer.Serialize(speculation.Model ?? "", Quoted));
        Set(text, "gaudi.speculative.num-speculative-tokens", speculation.TokensMax);
        Set(text, "gaudi.speculative.prompt-lookup-min", speculation.NgramMin);
        Set(text, "gaudi.speculative.prompt-lookup-max", speculation.NgramMax);
        Set(text, "gaudi.speculative.verification", speculation.Verification);
    }

    private static void Set(StringBuilder text, KvTransferOptions transfer)
    {
        Set(text, "gaudi.kv-transfer.connector", JsonSerializer.Serialize(transfer.Connector, Quoted));
        Set(text, "gaudi.kv-transfer.role", transfer.Role);
        Set(text, "gaudi.kv-transfer.load-failure-policy", transfer.FailurePolicy);
        Set(text, "gaudi.kv-transfer.engine-id", transfer.EngineId is { } id ? JsonSerializer.Serialize(id, Quoted) : null);
        Set(text, "gaudi.kv-transfer.release-timeout-ms", transfer.ReleaseTimeoutMs);
        Set(text, "gaudi.kv-transfer.stall-timeout-ms", transfer.StallTimeoutMs);
        Set(text, "gaudi.kv-transfer.lane-bytes-per-second", transfer.BytesPerSecond);
        Set(text, "gaudi.kv-transfer.loads-max", transfer.LoadsMax);
    }

    // HOCON has JSON's lists.
    private static string? List(ImmutableArray<string>? texts) =>
        texts is { } given ? JsonSerializer.Serialize(given.AsEnumerable(), Quoted) : null;

    private static string? Switch(bool? isOn) => isOn is { } value ? value ? "on" : "off" : null;

    private static void Set(StringBuilder text, string key, object? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
    }
}
