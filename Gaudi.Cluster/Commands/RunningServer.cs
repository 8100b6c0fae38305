using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>Reads the reports of a server that runs: what `--url` does.</summary>
internal static class RunningServer
{
    private const int ShownCharsMax = 200;

    /// <summary>The waits of the settings beside the program.</summary>
    internal static NodePatience Patience() => GaudiSettings.Load(HoconFiles.Defaults(AppContext.BaseDirectory)).Node;

    /// <summary>GETs a report, with the patience that the settings beside the program give.</summary>
    /// <param name="url">As the user wrote it: http://HOST:PORT.</param>
    /// <param name="apiKey">As the user wrote it; null: the environment's, if there is one.</param>
    /// <param name="path">Such as /v1/plugins.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal static Task<T> GetAsync<T>(string url, string? apiKey, string path, CancellationToken cancellation) => GetAsync<T>(
        url, path, Patience().Report, cancellation,
        apiKey ?? ProcessEnvironment.ApiKey());

    /// <summary>GETs what is no single report, such as lines.</summary>
    internal static Task<string> TextAsync(string url, string? apiKey, string path, CancellationToken cancellation) => SendAsync(
        url, path, null, Patience().Report, cancellation,
        apiKey ?? ProcessEnvironment.ApiKey(), body => body);

    /// <summary>POSTs an order, with the same patience.</summary>
    /// <param name="url">As the user wrote it: http://HOST:PORT.</param>
    /// <param name="apiKey">As the user wrote it; null: the environment's, if there is one.</param>
    /// <param name="path">Such as /v1/cluster/restart.</param>
    /// <param name="body">JSON.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal static Task<T> PostAsync<T>(string url, string? apiKey, string path, string body, CancellationToken cancellation) =>
        SendAsync(
            url, path, body, Patience().Report, cancellation,
            apiKey ?? ProcessEnvironment.ApiKey(), ReportJson.Read<T>);

    /// <summary>GETs a report.</summary>
    /// <param name="url">As the user wrote it: http://HOST:PORT.</param>
    /// <param name="path">Such as /v1/plugins.</param>
    /// <param name="patience">How long the answer may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="apiKey">A key of the server; null for none.</param>
    /// <exception cref="CommandException">No server answered, or it answered something else.</exception>
    internal static Task<T> GetAsync<T>(
        string url, string path, TimeSpan patience, CancellationToken cancellation, string? apiKey = null) =>
        SendAsync(url, path, null, patience, cancellation, apiKey, ReportJson.Read<T>);

    private static async Task<T> SendAsync<T>(
        string url, string path, string? order, TimeSpan patience, CancellationToken cancellation, string? apiKey, Func<string, T> read)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
            throw new CommandException($"--url expects http://HOST:PORT, came `{url}`");
        if (apiKey is not null && !ApiKeyText.IsUsable(apiKey))
            throw new CommandException($"{ProcessEnvironment.ApiKeyName} expects {ApiKeyText.Expected}; set another key");
        using var client = new HttpClient { Timeout = patience };
        if (apiKey is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        try
        {
            using var message = new HttpRequestMessage(order is null ? HttpMethod.Get : HttpMethod.Post, new Uri(server, path));
            if (order is not null)
                message.Content = new StringContent(order, Encoding.UTF8, "application/json");
            using var response = await client.SendAsync(message, cancellation).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                throw new CommandException(
                    $"{server} expects an API key, came {(apiKey is null ? "none" : "another")}; give it with --api-key or "
                    + $"{ProcessEnvironment.ApiKeyName}");
            if (response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Conflict)
                throw new CommandException($"{server} refuses: {Sentence(body)}");
            return response.IsSuccessStatusCode
                ? read(body)
                : throw new CommandException(
                    $"expected the report of {server}{path[1..]}, came status {(int)response.StatusCode}: {Start(body)}");
        }
        catch (HttpRequestException problem)
        {
            throw new CommandException(
                $"no server answers at {server} ({problem.Message}); start one with `gaudi serve` or give its URL");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException($"{server} did not answer within {patience.TotalSeconds:0.#} s; is it Gaudi, and is it well?");
        }
        catch (JsonException problem)
        {
            throw new CommandException($"{server} answered {path} with something else than a report ({problem.Message}); is it Gaudi?");
        }
    }

    private static string Sentence(string body)
    {
        try
        {
            return (string?)JsonNode.Parse(body)?["error"]?["message"] ?? Start(body);
        }
        catch (JsonException)
        {
            return Start(body);
        }
    }

    // Somebody else's server may answer with a page.
    private static string Start(string body)
    {
        var line = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= ShownCharsMax ? line : line[..ShownCharsMax] + "...";
    }
}
