using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Logprobs of a chat choice or of a frame of one.</summary>
internal sealed record ChatLogprobs(ImmutableArray<ChatTokenLogprob> Content);
