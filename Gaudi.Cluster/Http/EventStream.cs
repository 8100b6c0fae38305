using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Server-sent events as OpenAI's clients read them: `data: {json}`, an empty line, in the end `data: [DONE]`. Every
/// event is flushed. A client that does not read holds the writer back, and after a while counts as gone: a slot of the
/// engine is worth more than its patience.
/// </summary>
internal sealed class EventStream
{
    private readonly HttpContext _http;

    private readonly TimeSpan _stallTimeout;
    private readonly TimeProvider _time;

    private EventStream(HttpContext http, TimeSpan stallTimeout, TimeProvider time) =>
        (_http, _stallTimeout, _time) = (http, stallTimeout, time);

    /// <summary>
    /// Sends the status and the headers' words; nothing can become an HTTP error any more after the first event.
    /// </summary>
    public static EventStream Begin(HttpContext http, TimeSpan stallTimeout, TimeProvider time)
    {
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        // Proxies of the nginx family collect an answer before they pass it on, unless told.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        return new EventStream(http, stallTimeout, time);
    }

    /// <summary>Sends one event.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> json)
    {
        Write("data: "u8);
        Write(json.Span);
        Write("\n\n"u8);
        var sent = _http.Response.BodyWriter.FlushAsync(_http.RequestAborted);
        if (!sent.IsCompletedSuccessfully)
            await WaitAsync(sent.AsTask());
        _http.RequestAborted.ThrowIfCancellationRequested();
    }

    /// <summary>Sends events in order.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task SendAsync(IEnumerable<byte[]> jsons)
    {
        foreach (var json in jsons)
            await SendAsync(json);
    }

    /// <summary>Sends the mark of the end.</summary>
    public Task EndAsync() => SendAsync("[DONE]"u8.ToArray());

    private async Task WaitAsync(Task sent)
    {
        try
        {
            await sent.WaitAsync(_stallTimeout, _time);
        }
        catch (TimeoutException)
        {
            _http.Abort();
            await Task.Delay(Timeout.Infinite, _http.RequestAborted);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        var target = _http.Response.BodyWriter.GetSpan(bytes.Length);
        bytes.CopyTo(target);
        _http.Response.BodyWriter.Advance(bytes.Length);
    }
}
