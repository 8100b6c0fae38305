using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>500 answers over 20 forms from a real server, judged by validators that share nothing with it.</summary>
[Collection(ProcessTests.Name)]
public sealed class ConstrainedTests(ITestOutputHelper output)
{
    private const int AnswerCount = 500;
    private const int ClientCount = 16;

    [Theory]
    [InlineData(null)]
    [InlineData("""{"model": "gaudi-demo-draft", "num_speculative_tokens": 4, "verification": "standard"}""")]
    public async Task Every_answer_has_its_form(string? speculation)
    {
        string[] options = speculation is null ? [] : ["--speculative-config", speculation];
        await using var server = await ServerProcess.ServeAsync(["gaudi-demo", "-tp", "2", .. options]);
        var numbers = Channel.CreateUnbounded<int>();
        foreach (var number in Enumerable.Range(0, AnswerCount))
            numbers.Writer.TryWrite(number);
        numbers.Writer.Complete();
        var distinct = new HashSet<string>();
        await Task.WhenAll(Enumerable.Range(0, ClientCount).Select(async _ =>
        {
            await foreach (var number in numbers.Reader.ReadAllAsync())
            {
                var sample = FormSample.All[number % FormSample.All.Length];
                var (text, reason) = await AskAsync(server, sample, number);
                Assert.True(sample.Fault(text) is null, $"{number}: {sample.Text}\n{text}\n{sample.Fault(text)}");
                Assert.Equal("stop", reason);
                lock (distinct)
                    distinct.Add(text);
            }
        }));
        output.WriteLine($"{distinct.Count} different answers of {AnswerCount}");
        Assert.InRange(distinct.Count, AnswerCount / 3, AnswerCount); // Choices and enums have few.
    }

    private static async Task<(string Text, string Reason)> AskAsync(ServerProcess server, FormSample sample, int number)
    {
        var body = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"What is {number} + 25?" }),
            ["max_tokens"] = 400, ["temperature"] = number % 3 * 0.5, ["seed"] = number,
        };
        if (sample.Kind == "json" && number % 2 == 0)
        {
            body["response_format"] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject { ["name"] = "answer", ["schema"] = JsonNode.Parse(sample.Text), ["strict"] = true },
            };
        }
        else
            body["structured_outputs"] = sample.ToField();
        using var response = await server.Client.PostAsJsonAsync("/v1/chat/completions", body);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{sample.Text}: {answer}");
        var choice = JsonNode.Parse(answer)!["choices"]![0]!;
        return (choice["message"]!["content"]!.GetValue<string>(), choice["finish_reason"]!.GetValue<string>());
    }
}
