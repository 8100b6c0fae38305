using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>usage.prompt_tokens_details.cached_tokens: what rule S17 records at the first admission.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("\"prompt\":\"a\"", 16)]
    [InlineData("\"prompt\":\"a\",\"n\":3", 16)]
    [InlineData("\"prompt\":[\"a\",\"b\"],\"n\":2", 32)]
    [InlineData("\"prompt\":\"a\",\"max_tokens\":1", 16)]
    [InlineData("\"prompt\":\"a\",\"stop\":\"l\"", 16)]
    public async Task Cached_tokens_are_those_of_each_prompts_first_choice(string fields, int cachedTokenCount)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.CachedTokenCount = request => request.Choice == 0 ? 16 : 128;
        Assert.Equal(cachedTokenCount, Cached((await server.CompleteJsonAsync(fields))["usage"]!));
        var frames = Frames.Of(await server.CompleteAsync(
            fields + ",\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}"));
        Assert.Equal(cachedTokenCount, Cached(frames[^1]["usage"]!));
        if (!fields.Contains('[', StringComparison.Ordinal) && !fields.Contains("\"n\"", StringComparison.Ordinal))
            Assert.All(frames, frame => Assert.Equal(cachedTokenCount, Cached(frame["usage"]!)));
    }

    [Fact]
    public async Task Count_that_only_the_ending_knows_is_taken()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) =>
            index == 5 ? new GenerationEvent.Finished(FinishReason.Length, null) { CachedTokenCount = 64 } : null;
        Assert.Equal(64, Cached((await server.ChatJsonAsync("""
            "n":1
            """))["usage"]!));
    }

    private static int Cached(JsonNode usage) => (int)usage["prompt_tokens_details"]!["cached_tokens"]!;
}
