using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gaudi.Cluster.Commands;

/// <summary>Asks a server one question, as any client does, and passes the answer on as it comes.</summary>
internal static class AnswerStream
{
    private const string EventPrefix = "data: ";
    private const string EventsEnd = "[DONE]";

    /// <summary>Streams a chat of one question.</summary>
    /// <param name="server">The server's URL.</param>
    /// <param name="apiKey">A key that it takes; null for none.</param>
    /// <param name="model">The served model's name.</param>
    /// <param name="question">The user's message.</param>
    /// <param name="output">Receives the answer's text and one line end.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="CommandException">The server refused, or the answer broke off.</exception>
    internal static async Task CopyAsync(
        Uri server, string? apiKey, string model, string question, TextWriter output, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "/v1/chat/completions"))
        {
            Content = JsonContent.Create(new
            {
                model,
                messages = new[] { new { role = "user", content = question } },
                temperature = 0,
                stream = true,
            }),
        };
        if (apiKey is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new CommandException(Message(await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)));
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
        while (await lines.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith(EventPrefix, StringComparison.Ordinal))
                continue;
            if (line[EventPrefix.Length..] is EventsEnd)
            {
                await output.WriteLineAsync().ConfigureAwait(false);
                return;
            }
            await output.WriteAsync(Delta(line[EventPrefix.Length..])).ConfigureAwait(false);
            await output.FlushAsync(cancellation).ConfigureAwait(false);
        }
        throw new CommandException("the answer broke off; the server's log above says why");
    }

    private static string Delta(string chunk)
    {
        using var body = JsonDocument.Parse(chunk);
        if (body.RootElement.TryGetProperty("error", out _))
            throw new CommandException(Message(chunk));
        return body.RootElement.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0
            && choices[0].TryGetProperty("delta", out var delta)
            && delta.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
                ? content.GetString()!
                : "";
    }

    private static string Message(string body)
    {
        try
        {
            using var parsed = JsonDocument.Parse(body);
            return parsed.RootElement.GetProperty("error").GetProperty("message").GetString() ?? body;
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return body;
        }
    }
}
