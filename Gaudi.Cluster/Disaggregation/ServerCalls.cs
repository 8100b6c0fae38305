using Gaudi.Cluster.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>Sends clients' requests on, and servers' answers back. Any thread.</summary>
internal sealed class ServerCalls(ILogger log) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan, // The servers have theirs, and a client that leaves ends its request.
    };

    /// <summary>Asks a server and waits for its whole answer.</summary>
    /// <exception cref="HttpRequestException">The server is lost.</exception>
    internal async Task<HttpResponseMessage> AskAsync(HttpRequestMessage message, CancellationToken cancellation) =>
        await _client.SendAsync(message, cancellation).ConfigureAwait(false);

    /// <summary>Passes a request on, and its answer back as it comes; a lost server is a 503, or half an answer that is cut off.</summary>
    /// <returns>True when the server did as it was asked and the client has all of its answer.</returns>
    internal async Task<bool> PassAsync(HttpContext http, Uri server, byte[] body)
    {
        try
        {
            using var message = ForwardedRequest.Of(http, server, body);
            using var answer = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted)
                .ConfigureAwait(false);
            await CopyAsync(http, answer).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException && !http.RequestAborted.IsCancellationRequested)
        {
            await SayLostAsync(http, server, lost).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>Passes an answer back.</summary>
    internal static async Task CopyAsync(HttpContext http, HttpResponseMessage answer)
    {
        http.Response.StatusCode = (int)answer.StatusCode;
        var named = ForwardedRequest.Named(answer.Headers.Connection);
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers)
            .Where(header => ForwardedRequest.IsPassed(header.Key, named)))
            http.Response.Headers[name] = values.ToArray();
        await using var stream = await answer.Content.ReadAsStreamAsync(http.RequestAborted).ConfigureAwait(false);
        var chunk = new byte[16_384];
        while (await stream.ReadAsync(chunk, http.RequestAborted).ConfigureAwait(false) is > 0 and var count)
        {
            await http.Response.Body.WriteAsync(chunk.AsMemory(0, count), http.RequestAborted).ConfigureAwait(false);
            await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Tells the client that a server is lost.</summary>
    internal async Task SayLostAsync(HttpContext http, Uri server, Exception lost)
    {
        log.LogWarning("Server {Server} is lost: {Reason}", server, lost.Message);
        if (http.Response.HasStarted)
            http.Abort(); // Half an answer must not look whole.
        else
            await JsonAnswer.SendAsync(http, ApiError.Unavailable("A server behind the router does not answer; try again later.", 1))
                .ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();
}
