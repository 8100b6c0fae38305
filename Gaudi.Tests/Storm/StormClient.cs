using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Tests.Storm;

/// <summary>One client: asks, reads the stream, asks the next. A refusal is waited out and the request is sent again.</summary>
/// <param name="http">Its base address is the gateway.</param>
/// <param name="requests">All that may be asked.</param>
/// <param name="history">Told everything.</param>
/// <param name="time">Owner of the waits.</param>
internal sealed class StormClient(HttpClient http, StormRequest[] requests, StormHistory history, TimeProvider time)
{
    private static readonly TimeSpan RetryWithoutAdvice = TimeSpan.FromSeconds(1);

    /// <summary>Numbers of requests of one client are below the next one's.</summary>
    internal const long NumbersOfClient = 1_000_000;

    /// <summary>Asks in the order that the seed gives this client, until it is told to stop; the last answer is read to its end.</summary>
    /// <param name="client">From 0.</param>
    /// <param name="seed">Of the storm.</param>
    /// <param name="stop">No new request from here on.</param>
    /// <param name="abandon">Nothing is read any more.</param>
    internal async Task RunAsync(int client, int seed, CancellationToken stop, CancellationToken abandon)
    {
        var random = new Random(HashCode(seed, client));
        for (var number = client * NumbersOfClient; !stop.IsCancellationRequested; number++)
            await AskAsync(number, random.Next(requests.Length), abandon).ConfigureAwait(false);
    }

    /// <summary>Asks once, to the end of the answer.</summary>
    internal async Task AskAsync(long number, int spec, CancellationToken abandon)
    {
        try
        {
            while (await TryAsync(number, spec, abandon).ConfigureAwait(false) is { } wait)
                await Task.Delay(wait, time, abandon).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            Break(number, problem.Message);
        }
    }

    // Null when there is nothing to try again.
    private async Task<TimeSpan?> TryAsync(long number, int spec, CancellationToken abandon)
    {
        history.Add(StormEventKind.Sent, sent => sent with { Request = number, Spec = spec });
        using var message = new HttpRequestMessage(HttpMethod.Post, requests[spec].Path)
        {
            Content = new StringContent(requests[spec].Body, Encoding.UTF8, "application/json"),
        };
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, abandon).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests)
        {
            history.Add(StormEventKind.Refused, refused => refused with { Request = number, Status = (int)response.StatusCode });
            return response.Headers.RetryAfter?.Delta ?? RetryWithoutAdvice;
        }
        if (!response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsStringAsync(abandon).ConfigureAwait(false);
            Break(number, $"status {(int)response.StatusCode}: {body}");
            return null;
        }
        await ReadAsync(number, response, abandon).ConfigureAwait(false);
        return null;
    }

    private async Task ReadAsync(long number, HttpResponseMessage response, CancellationToken abandon)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(abandon).ConfigureAwait(false));
        var position = 0;
        string? finishReason = null;
        while (await reader.ReadLineAsync(abandon).ConfigureAwait(false) is { } line)
        {
            if (line == "data: [DONE]")
            {
                history.Add(StormEventKind.Finished, done => done with { Request = number, Position = position, Text = finishReason });
                return;
            }
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var frame = JsonNode.Parse(line[6..])!;
            if (frame["error"] is { } error)
            {
                Break(number, $"error in the stream: {error.ToJsonString()}");
                return;
            }
            if (frame["choices"] is not JsonArray { Count: > 0 } choices)
                continue;
            foreach (var id in choices[0]!["token_ids"]?.AsArray() ?? [])
            {
                var (token, at) = ((int)id!, position++);
                history.Add(StormEventKind.Token, came => came with { Request = number, Position = at, Token = token });
            }
            finishReason = (string?)choices[0]!["finish_reason"] ?? finishReason;
        }
        Break(number, "the stream ended without [DONE]");
    }

    private void Break(long number, string why) =>
        history.Add(StormEventKind.Broken, broken => broken with { Request = number, Text = why });

    // System.HashCode draws a new seed in every process.
    private static int HashCode(int seed, int client) => unchecked(seed * 1_000_003 + client * 7919 + 17);
}
