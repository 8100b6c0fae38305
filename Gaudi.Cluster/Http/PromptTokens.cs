using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>One prompt, ready for the engine.</summary>
/// <param name="Ids">At least one, each in the vocabulary, fewer than the context holds.</param>
/// <param name="Text">The client's text; null when the client sent token ids, or when it was cut.</param>
internal sealed record PromptTokens(ImmutableArray<int> Ids, string? Text);
