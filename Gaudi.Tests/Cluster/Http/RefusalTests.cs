using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>
/// What the engine refuses or fails becomes an HTTP status, or an error frame once the stream has begun.
/// </summary>
public sealed class RefusalTests
{
    public static TheoryData<RefusalKind, int?, int, string, string?> Refusals => new()
    {
        { RefusalKind.Invalid, null, 400, "BadRequestError", null },
        { RefusalKind.UnknownModel, null, 404, "NotFoundError", null },
        { RefusalKind.QueueFull, 7, 429, "RateLimitError", "7" },
        { RefusalKind.QueueFull, null, 429, "RateLimitError", "1" },
        { RefusalKind.Unavailable, 3, 503, "ServiceUnavailableError", "3" },
        { RefusalKind.Unavailable, null, 503, "ServiceUnavailableError", "1" },
        { RefusalKind.Failed, null, 500, "InternalServerError", null },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refusal_before_the_first_token_is_a_status_streamed_or_not(
        RefusalKind kind, int? retryAfter, int status, string type, string? header)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(kind, "not now", retryAfter);
        foreach (var stream in (string[])["false", "true"])
        {
            using var response = await server.PostAsync("/v1/completions", $"{{\"prompt\":\"a\",\"stream\":{stream}}}");
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(header, response.Headers.RetryAfter?.ToString());
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal(("not now", type), ((string?)error["message"], (string?)error["type"]));
        }
    }

    [Fact]
    public async Task Refusal_after_the_first_token_is_a_frame_and_then_the_end()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) =>
            index == 2 ? new GenerationEvent.Refused(RefusalKind.Unavailable, "the group is gone", 3) : null;
        var frames = Frames.Of(await server.ChatAsync("""
            "stream":true
            """));
        Assert.Equal(["", "h", "e"], frames[..^1].Select(frame => (string?)frame["choices"]![0]!["delta"]!["content"]));
        Assert.Equal(
            """{"error":{"message":"the group is gone","type":"ServiceUnavailableError","param":null,"code":503}}""",
            frames[^1].ToJsonString());
    }

    [Fact]
    public async Task Refusal_after_the_first_token_is_a_status_when_not_streamed()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) =>
            index == 2 ? new GenerationEvent.Refused(RefusalKind.Unavailable, "the group is gone", 3) : null;
        using var response = await server.PostAsync("/v1/completions", """{"prompt":"a"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task One_refused_choice_refuses_the_request_and_cancels_the_others()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Before = (request, _, cancellation) =>
            request.Choice == 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellation);
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(RefusalKind.QueueFull, "full", null);
        using var response = await server.PostAsync("/v1/completions", """{"prompt":"a","n":2,"stream":true}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        await server.Engine.Cancelled;
    }

    [Fact]
    public async Task Choice_refused_in_the_middle_ends_the_stream_of_all()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Engine.Before = (request, index, cancellation) => (request.Choice, index) switch
        {
            (0, 1) => Signal(cancellation),
            (1, 0) => first.Task,
            _ => Task.CompletedTask,
        };
        server.Engine.Instead = (request, _) =>
            request.Choice == 1 ? new GenerationEvent.Refused(RefusalKind.QueueFull, "full", 2) : null;
        var frames = Frames.Of(await server.CompleteAsync("""
            "prompt":"a","n":2,"stream":true
            """));
        Assert.Equal(429, (int?)frames[^1]["error"]!["code"]);
        await server.Engine.Cancelled;

        Task Signal(CancellationToken cancellation)
        {
            first.SetResult();
            return Task.Delay(Timeout.Infinite, cancellation);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Engine_that_throws_is_an_internal_error_without_details(int eventIndex)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) =>
            index == eventIndex ? throw new InvalidOperationException("secret") : null;
        using var whole = await server.PostAsync("/v1/completions", """{"prompt":"a"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, whole.StatusCode);
        Assert.Equal(
            """
            {"error":{"message":"The server failed on this request; its log has the reason under request id r1.",
            "type":"InternalServerError","param":null,"code":500}}
            """.ReplaceLineEndings(""),
            await whole.Content.ReadAsStringAsync());
        using var streamed = await server.PostAsync("/v1/completions", """{"prompt":"a","stream":true}""");
        var body = await streamed.Content.ReadAsStringAsync();
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        if (eventIndex == 0)
            Assert.Equal(HttpStatusCode.InternalServerError, streamed.StatusCode);
        else
            Assert.Equal(500, (int?)Frames.Of(body)[^1]["error"]!["code"]);
    }

    [Fact]
    public async Task Engine_that_skips_a_position_is_an_internal_error()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) => index == 1 ? new GenerationEvent.Token(99, 97, float.NaN, []) : null;
        using var response = await server.PostAsync("/v1/completions", """{"prompt":"a"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task Aborted_choice_says_so()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) =>
            index == 2 ? new GenerationEvent.Finished(FinishReason.Abort, null) : null;
        var answer = await server.CompleteJsonAsync("""
            "prompt":"a"
            """);
        Assert.Equal("abort", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.Equal("he", (string?)answer["choices"]![0]!["text"]);
    }
}
