namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One token that stands in a prompt, or could have.</summary>
/// <param name="Logprob">Natural logarithm, at least -9999.</param>
/// <param name="Rank">1 for the likeliest.</param>
/// <param name="DecodedToken">Its text.</param>
internal sealed record PromptLogprob(float Logprob, int Rank, string DecodedToken);
