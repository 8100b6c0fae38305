using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One choice of a completion, or what a frame adds to it.</summary>
internal sealed record CompletionChoice(
    int Index, string Text, CompletionLogprobs? Logprobs, string? FinishReason,
    [property: JsonConverter(typeof(StopReasonConverter))] StopReason? StopReason)
{
    /// <summary>Only with prompt_logprobs: an entry a token, by token id; null for the first, which nothing precedes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?>? PromptLogprobs { get; init; }

    /// <summary>Only with return_token_ids; when streamed, in the choice's first frame.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? PromptTokenIds { get; init; }

    /// <summary>Only with return_token_ids.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? TokenIds { get; init; }
}
