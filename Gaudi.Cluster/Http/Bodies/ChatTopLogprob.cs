namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One token that could have come.</summary>
internal sealed record ChatTopLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes);
