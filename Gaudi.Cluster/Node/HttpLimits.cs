using Gaudi.Actors.Settings;
using Gaudi.Cluster.Http;

namespace Gaudi.Cluster.Node;

/// <summary>From the settings' `gaudi.http` and the scheduling policy to what the server takes.</summary>
internal static class HttpLimits
{
    internal static HttpServerSettings For(GaudiSettings all, string host, int port) => Of(all.Http, host, port) with
    {
        CachesPrefixes = all.Scheduler.CachesPrefixes,
        LorasMax = all.Lora.IsEnabled ? all.Scheduler.LorasMax : null,
        UpdatesAdapters = all.Lora is { IsEnabled: true, UpdatesAtRuntime: true },
        TakesPriorities = all.Scheduler.Policy == SchedulingPolicy.Priority,
        KvRole = all.KvTransfer?.Role,
        // More would be answered 429 on an idle server too, and trying again would never help.
        ChoicesMax = Math.Min(all.Http.ChoicesMax, Math.Min(all.Requests.OpenMax, all.Scheduler.WaitingMax + 1)),
    };

    private static HttpServerSettings Of(HttpSettings settings, string host, int port) => new(host, port)
    {
        BodyBytesMax = settings.BodyBytesMax,
        LogprobsMax = settings.LogprobsMax,
        StopStringsMax = settings.StopStringsMax,
        ImageBytesMax = settings.ImageBytesMax,
        EmbeddingInputsMax = settings.EmbeddingInputsMax,
        BadWordsMax = settings.BadWordsMax,
        PromptLogprobEntriesMax = settings.PromptLogprobEntriesMax,
        CrossOrigin = new CrossOrigin(
            [.. settings.AllowedOrigins], [.. settings.AllowedMethods], [.. settings.AllowedHeaders], settings.AllowsCredentials),
        ToolCallFormat = settings.ToolCallFormat,
        ChoosesTools = settings.ChoosesTools,
        TrustsRequestTemplates = settings.TrustsRequestTemplates,
        TemplateCharsMax = settings.TemplateCharsMax,
        Administrates = settings.Administrates,
        RetryAfterSeconds = settings.RetryAfterSeconds,
        ReportTimeoutMs = (int)settings.ReportTimeout.TotalMilliseconds,
        StallTimeoutMs = (int)settings.StallTimeout.TotalMilliseconds,
        StopTimeoutMs = (int)settings.StopTimeout.TotalMilliseconds,
    };
}
