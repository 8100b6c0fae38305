using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>
/// Answer of POST /v1/completions, or one frame of it when streamed. No choices: the frame that carries the usage.
/// </summary>
internal sealed record CompletionAnswer(
    string Id, string Object, long Created, string Model, ImmutableArray<CompletionChoice> Choices)
{
    /// <summary>Always in a whole answer; in frames only with stream_options.include_usage.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UsageSlot? Usage { get; init; }

    /// <summary>Only where the request asked for its blocks to be kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KvTransferBody? KvTransferParams { get; init; }
}
