using Gaudi.Cluster.Http.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Around every request: lets it in, gives it an identity, and makes sure that whatever happens is answered in OpenAI's form of
/// an error. Metrics are told to the end.
/// </summary>
internal sealed class RequestGuard(
    RequestDelegate next, HttpServerSettings settings, IRequestNumbers numbers, ILogger log, RequestDoor door, HttpMetrics metrics,
    TimeProvider time)
{
    /// <summary>Answers one request.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        var identity = RequestIdentity.Of(http, numbers) with { Arrived = time.GetTimestamp() };
        http.Features.Set(identity);
        http.Response.Headers[RequestIdentity.Header] = identity.Shown;
        var isInside = door.TryEnter();
        try
        {
            // Whoever watches a drain wants to see it go down, and must not take it for a death.
            if (!isInside && http.Request.Path.Value is not ("/metrics" or "/load" or "/livez" or "/readyz" or "/v1/events"))
                throw Draining(http);
            await next(http);
            if (!http.Response.HasStarted && http.Response.StatusCode is 404 or 405)
                await SendAsync(http, NoSuchEndpoint(http));
        }
        catch (ApiException refused)
        {
            await SendAsync(http, refused.Error);
        }
        catch (BadHttpRequestException refused)
        {
            await SendAsync(http, ApiError.OfStatus(refused.StatusCode, refused.Message));
        }
        catch (Exception end) when (HasGone(http, end))
        {
            log.LogDebug("The client of request {Id} went away", identity.Unique);
        }
        catch (Exception failure) // CA1031: the last place before the server's own page without a body.
        {
            log.LogError(failure, "Request {Id} failed", identity.Unique);
            await SendAsync(http, ApiError.Internal(identity.Shown));
        }
        finally
        {
            metrics.Ended(http, identity.Arrived);
            if (isInside)
                door.Leave();
        }
    }

    // The connection closes with the answer: a client that keeps it would ask here again.
    private ApiException Draining(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return new ApiException(ApiError.Unavailable(
            "The server is draining: it stops and takes no new request; ask another one, or this one after its restart.",
            settings.RetryAfterSeconds));
    }

    // A client that leaves while its body is read resets the connection; later it cancels the request.
    private static bool HasGone(HttpContext http, Exception end) =>
        end is ConnectionResetException || (end is OperationCanceledException && http.RequestAborted.IsCancellationRequested);

    private static ApiError NoSuchEndpoint(HttpContext http) => http.Response.StatusCode == 404
        ? ApiError.OfStatus(404, $"There is no {http.Request.Path} here; GET /v1/models lists what is served.")
        : ApiError.OfStatus(
            405,
            $"Expected {http.Request.Path} to be asked with {http.Response.Headers.Allow}, got {http.Request.Method}.");

    private static async Task SendAsync(HttpContext http, ApiError error)
    {
        if (http.Response.HasStarted)
            http.Abort();
        else
            await JsonAnswer.SendAsync(http, error);
    }
}
