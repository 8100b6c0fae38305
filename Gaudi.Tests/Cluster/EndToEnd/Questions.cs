using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Asks a real server the same things, so that answers can be compared bit for bit.</summary>
internal static class Questions
{
    private static readonly string[] Prompts =
    [
        "What is 17 + 25?", "What is 93 - 48?", "Turn the word gaudi around.", "What is 8 + 90?", "Who are you?",
    ];

    /// <summary>Every answer with its token ids and the log probabilities of the likeliest tokens at each place.</summary>
    /// <param name="server">Answers.</param>
    /// <param name="model">Its name.</param>
    /// <param name="topCount">How many tokens at each place; over 20 the server must allow it.</param>
    internal static async Task<string[]> AnswersAsync(ServerProcess server, string model, int topCount = 20)
    {
        var answers = new List<string>();
        foreach (var prompt in Prompts)
            answers.Add(await AnswerAsync(server, model, prompt, topCount));
        return [.. answers];
    }

    /// <summary>The text of one answer.</summary>
    internal static async Task<string> TextAsync(ServerProcess server, string model, string prompt)
    {
        var choice = JsonNode.Parse(await AnswerAsync(server, model, prompt))!;
        return choice["message"]!["content"]!.GetValue<string>();
    }

    private static async Task<string> AnswerAsync(ServerProcess server, string model, string prompt, int topCount = 20)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/chat/completions", new
        {
            model,
            messages = new[] { new { role = "user", content = prompt } },
            temperature = 0,
            max_tokens = 40,
            logprobs = true,
            top_logprobs = topCount,
            return_token_ids = true,
        });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["choices"]![0]!.ToJsonString();
    }
}
