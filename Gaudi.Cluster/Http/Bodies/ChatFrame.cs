using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One frame of a streamed chat answer. No choices: the frame that carries the usage.</summary>
internal sealed record ChatFrame(
    string Id, string Object, long Created, string Model, ImmutableArray<ChatFrameChoice> Choices)
{
    /// <summary>Only with stream_options.include_usage.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UsageSlot? Usage { get; init; }

    /// <summary>Only with return_token_ids, in the opening frames.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? PromptTokenIds { get; init; }
}
