using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>What a frame adds to a message.</summary>
/// <param name="Role">In the opening frame only.</param>
/// <param name="Content">New text.</param>
internal sealed record ChatDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content)
{
    /// <summary>A new call, or more of the last one's arguments.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }
}
