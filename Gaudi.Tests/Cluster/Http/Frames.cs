using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The frames of a streamed answer.</summary>
internal static class Frames
{
    /// <summary>All but the last, which must be the mark of the end; nothing else may be in the stream.</summary>
    public static JsonNode[] Of(string stream)
    {
        var events = stream.Split("\n\n");
        Assert.Equal("", events[^1]);
        Assert.Equal("data: [DONE]", events[^2]);
        Assert.All(events[..^1], text => Assert.StartsWith("data: ", text, StringComparison.Ordinal));
        return [.. events[..^2].Select(text => JsonNode.Parse(text["data: ".Length..])!)];
    }
}
