using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The form that every answer has, whatever was asked: whole, and of one kind; or an error of five known fields.</summary>
internal static class AnswerShape
{
    private static readonly int[] ErrorStatuses = [400, 404, 413, 429, 503];

    private static readonly string[] FinishReasons = ["stop", "length", "tool_calls"];

    /// <summary>Fails with what was asked and what came.</summary>
    internal static async Task AssertWellAsync(string path, HttpResponseMessage response, string asked)
    {
        var body = await response.Content.ReadAsStringAsync();
        try
        {
            Check(path, response, body);
        }
        catch (Exception wrong) // Whatever a broken answer does to its reader.
        {
            Assert.Fail($"{asked}\n{(int)response.StatusCode} {body}\n{wrong.Message}");
        }
    }

    private static void Check(string path, HttpResponseMessage response, string body)
    {
        var status = (int)response.StatusCode;
        if (status != 200)
        {
            Assert.Contains(status, ErrorStatuses);
            CheckError(JsonNode.Parse(body)!, status);
            Assert.Equal(status is 429 or 503, response.Headers.RetryAfter is not null);
        }
        else if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            CheckFrames(Frames.Of(body));
        }
        else
        {
            CheckWhole(path, JsonNode.Parse(body)!);
        }
    }

    private static void CheckError(JsonNode answer, int status)
    {
        Assert.Equal(["error"], answer.AsObject().Select(field => field.Key));
        var error = answer["error"]!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(field => field.Key));
        Assert.Equal(status, (int)error["code"]!);
        Assert.NotEmpty((string)error["message"]!);
        Assert.NotEmpty((string)error["type"]!);
    }

    // A stream that fails in the middle says so in its last frame; any other gives each of its choices one ending.
    private static void CheckFrames(JsonNode[] frames)
    {
        if (frames[^1]["error"] is { } error)
        {
            Assert.Contains((int)error["code"]!, ErrorStatuses);
            CheckError(frames[^1], (int)error["code"]!);
            return;
        }
        Assert.Single(frames.Select(frame => (string)frame["id"]!).Distinct());
        var choices = frames.SelectMany(frame => frame["choices"]!.AsArray()).ToLookup(choice => (int)choice!["index"]!);
        Assert.Equal(Enumerable.Range(0, choices.Count), choices.Select(choice => choice.Key).Order());
        foreach (var choice in choices)
            Assert.Contains((string)Assert.Single(choice, piece => piece!["finish_reason"] is not null)!["finish_reason"]!, FinishReasons);
    }

    private static void CheckWhole(string path, JsonNode answer)
    {
        switch (path)
        {
            case "/tokenize":
                Assert.Equal((int)answer["count"]!, answer["tokens"]!.AsArray().Count);
                return;
            case "/detokenize":
                Assert.NotNull((string?)answer["prompt"]);
                return;
            case "/v1/embeddings":
                CheckIndices(answer["data"]!.AsArray());
                Assert.All(answer["data"]!.AsArray(), one => Assert.NotNull(one!["embedding"]));
                break;
            default:
                CheckIndices(answer["choices"]!.AsArray());
                Assert.All(answer["choices"]!.AsArray(), one => Assert.Contains((string)one!["finish_reason"]!, FinishReasons));
                break;
        }
        var usage = answer["usage"]!;
        Assert.Equal((int)usage["total_tokens"]!, (int)usage["prompt_tokens"]! + ((int?)usage["completion_tokens"] ?? 0));
    }

    private static void CheckIndices(JsonArray items)
    {
        Assert.NotEmpty(items);
        Assert.Equal(Enumerable.Range(0, items.Count), items.Select(item => (int)item!["index"]!));
    }
}
