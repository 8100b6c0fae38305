using Gaudi.Actors.Settings;
using Gaudi.Cluster.Http;

namespace Gaudi.Cluster.Node;

/// <summary>From the settings' `gaudi.http` to what the server takes.</summary>
internal static class HttpLimits
{
    internal static HttpServerSettings For(HttpSettings settings, string host, int port) => new(host, port)
    {
        BodyBytesMax = settings.BodyBytesMax,
        ChoicesMax = settings.ChoicesMax,
        LogprobsMax = settings.LogprobsMax,
        StopStringsMax = settings.StopStringsMax,
        RetryAfterSeconds = settings.RetryAfterSeconds,
        ReportTimeoutMs = (int)settings.ReportTimeout.TotalMilliseconds,
        StallTimeoutMs = (int)settings.StallTimeout.TotalMilliseconds,
        StopTimeoutMs = (int)settings.StopTimeout.TotalMilliseconds,
    };
}
