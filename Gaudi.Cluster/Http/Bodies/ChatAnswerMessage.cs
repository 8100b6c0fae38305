using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>What the model said.</summary>
/// <param name="Role">Always `assistant`.</param>
/// <param name="Content">The text; null where there are calls alone.</param>
/// <param name="Refusal">Always null: part of OpenAI's form.</param>
internal sealed record ChatAnswerMessage(string Role, string? Content, string? Refusal)
{
    /// <summary>Only where there are any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }
}
