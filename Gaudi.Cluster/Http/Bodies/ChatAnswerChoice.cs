using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One choice of a chat answer.</summary>
internal sealed record ChatAnswerChoice(
    int Index, ChatAnswerMessage Message, ChatLogprobs? Logprobs, string FinishReason,
    [property: JsonConverter(typeof(StopReasonConverter))] StopReason? StopReason)
{
    /// <summary>Only with return_token_ids.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? TokenIds { get; init; }
}
