namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Counts of tokens. A prompt counts once, however many choices it has.</summary>
internal sealed record UsageBody(
    int PromptTokens, int TotalTokens, int CompletionTokens, PromptTokensDetails PromptTokensDetails);
