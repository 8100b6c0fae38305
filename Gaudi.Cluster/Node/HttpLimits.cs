using Gaudi.Actors.Settings;
using Gaudi.Cluster.Http;

namespace Gaudi.Cluster.Node;

/// <summary>From the settings' `gaudi.http` and the scheduling policy to what the server takes.</summary>
internal static class HttpLimits
{
    internal static HttpServerSettings For(GaudiSettings all, string host, int port) => Of(all.Http, host, port) with
    {
        TakesPriorities = all.Scheduler.Policy == SchedulingPolicy.Priority,
    };

    private static HttpServerSettings Of(HttpSettings settings, string host, int port) => new(host, port)
    {
        BodyBytesMax = settings.BodyBytesMax,
        ChoicesMax = settings.ChoicesMax,
        LogprobsMax = settings.LogprobsMax,
        StopStringsMax = settings.StopStringsMax,
        BadWordsMax = settings.BadWordsMax,
        PromptLogprobEntriesMax = settings.PromptLogprobEntriesMax,
        RetryAfterSeconds = settings.RetryAfterSeconds,
        ReportTimeoutMs = (int)settings.ReportTimeout.TotalMilliseconds,
        StallTimeoutMs = (int)settings.StallTimeout.TotalMilliseconds,
        StopTimeoutMs = (int)settings.StopTimeout.TotalMilliseconds,
    };
}
