using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>Reads the reports of a server that runs: what `--url` does.</summary>
internal static class RunningServer
{
    private const int ShownCharsMax = 200;

    /// <summary>GETs a report, with the patience that the settings beside the program give.</summary>
    /// <param name="url">As the user wrote it: http://HOST:PORT.</param>
    /// <param name="apiKey">As the user wrote it; null: the environment's, if there is one.</param>
    /// <param name="path">Such as /v1/plugins.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal static Task<T> GetAsync<T>(string url, string? apiKey, string path, CancellationToken cancellation) => GetAsync<T>(
        url, path, GaudiSettings.Load(HoconFiles.Defaults(AppContext.BaseDirectory)).Node.Report, cancellation,
        apiKey ?? ProcessEnvironment.ApiKey());

    /// <summary>GETs a report.</summary>
    /// <param name="url">As the user wrote it: http://HOST:PORT.</param>
    /// <param name="path">Such as /v1/plugins.</param>
    /// <param name="patience">How long the answer may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="apiKey">A key of the server; null for none.</param>
    /// <exception cref="CommandException">No server answered, or it answered something else.</exception>
    internal static async Task<T> GetAsync<T>(
        string url, string path, TimeSpan patience, CancellationToken cancellation, string? apiKey = null)
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
            using var response = await client.GetAsync(new Uri(server, path), cancellation).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                throw new CommandException(
                    $"{server} expects an API key, came {(apiKey is null ? "none" : "another")}; give it with --api-key or "
                    + $"{ProcessEnvironment.ApiKeyName}");
            return response.IsSuccessStatusCode
                ? ReportJson.Read<T>(body)
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

    // Somebody else's server may answer with a page.
    private static string Start(string body)
    {
        var line = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= ShownCharsMax ? line : line[..ShownCharsMax] + "...";
    }
}
