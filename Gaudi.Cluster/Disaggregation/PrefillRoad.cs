using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>The router's way to the prefill servers, in turn. Any thread.</summary>
/// <param name="settings">Where they are, and how long they may take.</param>
/// <param name="calls">Speaks to them.</param>
/// <param name="log">Told of prompts that a decode server had to compute.</param>
internal sealed class PrefillRoad(RouterSettings settings, ServerCalls calls, ILogger log)
{
    private int _turn;

    /// <summary>Has a prompt computed.</summary>
    /// <param name="http">The client's request.</param>
    /// <param name="request">Its body; changed.</param>
    /// <param name="prefill">The body for the prefill server.</param>
    /// <returns>Null where the decode server is to compute the prompt itself.</returns>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    internal async Task<KeptPrompt?> AskAsync(HttpContext http, JsonObject request, JsonObject prefill)
    {
        var servers = settings.PrefillServers;
        var server = servers[(int)((uint)Interlocked.Increment(ref _turn) % (uint)servers.Length)];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(settings.PrefillTimeout);
        try
        {
            using var message = ForwardedRequest.Of(http, server, JsonSerializer.SerializeToUtf8Bytes(prefill));
            using var answer = await calls.AskAsync(message, limit.Token).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
                return Kept(server, request, await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false));
            // Other refusals are of the request, and the decode server's to say.
            if ((int)answer.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status429TooManyRequests or >= 500)
                Tell(server, $"answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException lost)
        {
            Tell(server, $"is lost ({lost.Message})");
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            Tell(server, $"did not answer within {settings.PrefillTimeout.TotalSeconds:0.###} s");
        }
        return null;
    }

    /// <summary>Nobody will fetch a prompt: its blocks are free again. Without it they would be kept until their time is over.</summary>
    /// <param name="http">The client's request, whose key is used; the client may have gone.</param>
    /// <param name="kept">Which prompt.</param>
    internal async Task ReleaseAsync(HttpContext http, KeptPrompt kept)
    {
        if (kept.Key is null)
            return;
        using var limit = new CancellationTokenSource(settings.PrefillTimeout);
        try
        {
            using var message = new HttpRequestMessage(
                HttpMethod.Post, ForwardedRequest.AddressOf(kept.Server, KvReleaseEndpoint.Path, QueryString.Empty));
            message.Content = new ByteArrayContent(
                JsonSerializer.SerializeToUtf8Bytes(new JsonObject { [KvReleaseEndpoint.KeyName] = kept.Key }));
            message.Content.Headers.ContentType = new("application/json");
            message.Headers.TryAddWithoutValidation("Authorization", http.Request.Headers.Authorization.ToArray());
            using var answer = await calls.AskAsync(message, limit.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                TellKept(kept.Server, $"answered {(int)answer.StatusCode}");
        }
        catch (Exception lost) when (lost is HttpRequestException or OperationCanceledException)
        {
            TellKept(kept.Server, "is lost");
        }
    }

    // No place: the answer ended with the prompt's first token.
    private static KeptPrompt? Kept(Uri server, JsonObject request, byte[] answer)
    {
        JsonObject? place;
        try
        {
            place = (JsonNode.Parse(answer) as JsonObject)?[PrefillBody.Params] as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
        if (place is null)
            return null;
        var key = place["remote_request_id"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        request[PrefillBody.Params] = place.DeepClone();
        return new KeptPrompt(server, key, JsonSerializer.SerializeToUtf8Bytes(request));
    }

    private void Tell(Uri server, string what) =>
        log.LogWarning("Prefill server {Server} {What}; the decode server computes the prompt", server, what);

    private void TellKept(Uri server, string what) => log.LogWarning(
        "Prefill server {Server} {What} and was to let go of a prompt's blocks; it keeps them until their time is over", server, what);
}
