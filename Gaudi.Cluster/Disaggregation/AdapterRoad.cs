using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>
/// Loads and unloads adapters on every server behind the router: a prompt and its answer must be computed with the same weights.
/// Any thread.
/// </summary>
/// <param name="settings">Which servers.</param>
/// <param name="calls">Speaks to them.</param>
/// <param name="log">Told of loads that are taken back.</param>
internal sealed class AdapterRoad(RouterSettings settings, ServerCalls calls, ILogger log)
{
    /// <summary>Where servers load adapters.</summary>
    internal const string LoadPath = "/v1/load_lora_adapter";

    /// <summary>Where they unload them.</summary>
    internal const string UnloadPath = "/v1/unload_lora_adapter";

    /// <summary>
    /// Asks one server after another, and answers as the first that refuses, else as the last. A load ends with the first refusal
    /// and is taken back where it was done, also one that replaced another: no two servers have other weights under one name.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client has gone; a load is taken back.</exception>
    internal async Task AnswerAsync(HttpContext http, byte[] body)
    {
        var isLoad = http.Request.Path == LoadPath;
        var servers = settings.PrefillServers.AddRange(settings.DecodeServers);
        var loaded = new List<Uri>();
        HttpResponseMessage? answer = null;
        var isDone = false;
        try
        {
            foreach (var server in servers)
            {
                var next = await AskAsync(http, server, body).ConfigureAwait(false);
                if (next is null)
                    return;
                if (answer is { IsSuccessStatusCode: false })
                    next.Dispose();
                else
                {
                    answer?.Dispose();
                    answer = next;
                }
                if (isLoad && !answer.IsSuccessStatusCode)
                    break;
                loaded.Add(server);
            }
            isDone = answer!.IsSuccessStatusCode;
            await ServerCalls.CopyAsync(http, answer).ConfigureAwait(false);
        }
        finally
        {
            answer?.Dispose();
            if (isLoad && !isDone)
                await TakeBackAsync(http, loaded, body).ConfigureAwait(false);
        }
    }

    // Null: the server is lost, and the client knows.
    private async Task<HttpResponseMessage?> AskAsync(HttpContext http, Uri server, byte[] body)
    {
        try
        {
            using var message = ForwardedRequest.Of(http, server, body);
            return await calls.AskAsync(message, http.RequestAborted).ConfigureAwait(false);
        }
        catch (HttpRequestException lost)
        {
            await calls.SayLostAsync(http, server, lost).ConfigureAwait(false);
            return null;
        }
    }

    private async Task TakeBackAsync(HttpContext http, List<Uri> loaded, byte[] body)
    {
        if (loaded.Count == 0 || (JsonNode.Parse(body) as JsonObject)?["lora_name"] is not { } name)
            return;
        var unload = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["lora_name"] = name.DeepClone() });
        foreach (var server in loaded)
        {
            log.LogWarning(
                "Adapter {Name} was loaded by {Server} and not by every server: it is unloaded there", name.ToJsonString(), server);
            using var limit = new CancellationTokenSource(settings.PrefillTimeout);
            try
            {
                using var message = ForwardedRequest.Of(http, server, unload);
                message.RequestUri = ForwardedRequest.AddressOf(server, UnloadPath, QueryString.Empty);
                using var answer = await calls.AskAsync(message, limit.Token).ConfigureAwait(false);
            }
            catch (Exception lost) when (lost is HttpRequestException or OperationCanceledException)
            {
                log.LogWarning("Server {Server} is lost: {Reason}", server, lost.Message);
            }
        }
    }
}
