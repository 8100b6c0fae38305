using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>One streamed completion of a real server, token by token.</summary>
internal static class TokenStream
{
    /// <summary>Every token with its log probability, to the bit.</summary>
    /// <param name="server">Answers.</param>
    /// <param name="model">Its name.</param>
    /// <param name="tokenCount">Exactly so many.</param>
    /// <param name="temperature">0 is greedy; else the seed is always the same.</param>
    /// <param name="began">Told how many tokens have come, at each frame.</param>
    internal static async Task<string[]> ReadAsync(
        ServerProcess server, string model, int tokenCount, double temperature = 0, Action<int>? began = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new
            {
                model, prompt = "What is 17 + 25?", max_tokens = tokenCount, ignore_eos = true, stream = true, logprobs = 1,
                temperature, seed = 4711,
            }),
        };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        List<string> tokens = [];
        while (await reader.ReadLineAsync().WaitAsync(ServerProcess.Patience) is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
                continue;
            var frame = JsonNode.Parse(line["data: ".Length..])!;
            if (frame["choices"]?.AsArray().FirstOrDefault()?["logprobs"] is not { } scores)
            {
                if (frame["error"] is { } error)
                    throw new HttpRequestException(error.ToJsonString());
                continue;
            }
            tokens.AddRange(scores["tokens"]!.AsArray().Zip(scores["token_logprobs"]!.AsArray(), (token, score) =>
                string.Create(CultureInfo.InvariantCulture, $"{token} {(float)score!:R}")));
            began?.Invoke(tokens.Count);
        }
        return [.. tokens];
    }
}
