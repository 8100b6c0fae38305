using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Answer of POST /v1/chat/completions.</summary>
internal sealed record ChatAnswer(
    string Id, string Object, long Created, string Model, ImmutableArray<ChatAnswerChoice> Choices, UsageBody Usage)
{
    /// <summary>Only with prompt_logprobs: an entry a token, by token id; null for the first, which nothing precedes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?>? PromptLogprobs { get; init; }

    /// <summary>Only with return_token_ids.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? PromptTokenIds { get; init; }

    /// <summary>Only where the request asked for its blocks to be kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KvTransferBody? KvTransferParams { get; init; }
}
