using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>Counts and times HTTP exchanges, by route and not by path: what clients make up costs no memory. Any thread.</summary>
/// <param name="time">Measures.</param>
internal sealed class HttpMetrics(TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Handler, string Method), (Histogram Seconds, long[] ByHundred)> _exchanges = new();

    /// <summary>An exchange has ended.</summary>
    /// <param name="http">Its answer has its status.</param>
    /// <param name="arrived">By the time's timestamps.</param>
    public void Ended(HttpContext http, long arrived)
    {
        var handler = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
        // Methods are the client's words too.
        var method = http.Request.Method is "GET" or "POST" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "PATCH"
            ? http.Request.Method
            : "other";
        var (seconds, byHundred) = _exchanges.GetOrAdd((handler, method), _ => (new Histogram(MetricBounds.Http), new long[6]));
        seconds.Observe(time.GetElapsedTime(arrived).TotalSeconds);
        Interlocked.Increment(ref byHundred[Math.Clamp(http.Response.StatusCode / 100, 0, 5)]);
    }

    /// <summary>Writes both families.</summary>
    public void Write(MetricsText text)
    {
        var exchanges = _exchanges.OrderBy(one => one.Key).ToList();
        text.Counter("http_requests_total", "HTTP exchanges.");
        foreach (var ((handler, method), (_, byHundred)) in exchanges)
        {
            for (var hundred = 0; hundred < byHundred.Length; hundred++)
            {
                if (Interlocked.Read(ref byHundred[hundred]) is > 0 and var count)
                    text.Sample(
                        count, ("handler", handler), ("method", method),
                        ("status", string.Create(CultureInfo.InvariantCulture, $"{hundred}xx")));
            }
        }
        text.Histogram("http_request_duration_seconds", "From arrival to the last byte of the answer.");
        foreach (var ((handler, method), (seconds, _)) in exchanges)
            text.Sample(seconds.Values, ("handler", handler), ("method", method));
    }
}
