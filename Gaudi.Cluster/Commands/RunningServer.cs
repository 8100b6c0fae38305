using System.Text.Json;

namespace Gaudi.Cluster.Commands;

/// <summary>Reads the reports of a server that runs: what `--url` does.</summary>
internal static class RunningServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>GETs a report.</summary>
    /// <param name="url">As the user wrote it: http://HOST:PORT.</param>
    /// <param name="path">Such as /v1/plugins.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="CommandException">No server answered, or it answered something else.</exception>
    internal static async Task<T> GetAsync<T>(string url, string path, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
            throw new CommandException($"--url expects http://HOST:PORT, came `{url}`");
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var response = await client.GetAsync(new Uri(server, path), cancellation).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? ReportJson.Read<T>(body)
                : throw new CommandException($"expected the report of {server}{path[1..]}, came status {(int)response.StatusCode}: {body}");
        }
        catch (HttpRequestException problem)
        {
            throw new CommandException(
                $"no server answers at {server} ({problem.Message}); start one with `gaudi serve` or give its URL");
        }
        catch (JsonException problem)
        {
            throw new CommandException($"{server} answered {path} with something else than a report ({problem.Message}); is it Gaudi?");
        }
    }
}
