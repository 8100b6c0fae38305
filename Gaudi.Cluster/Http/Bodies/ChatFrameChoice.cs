using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>What a frame adds to one choice.</summary>
internal sealed record ChatFrameChoice(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, string? FinishReason)
{
    /// <summary>Only in the frame that ends the choice, when a condition of the client's ended it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(StopReasonConverter))]
    public StopReason? StopReason { get; init; }

    /// <summary>Only with return_token_ids.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? TokenIds { get; init; }
}
