namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Of the prompt's tokens.</summary>
/// <param name="CachedTokens">How many the prefix cache had when the prompt was first admitted.</param>
internal sealed record PromptTokensDetails(int CachedTokens);
