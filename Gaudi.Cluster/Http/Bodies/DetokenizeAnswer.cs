namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Answer of POST /detokenize.</summary>
internal sealed record DetokenizeAnswer(string Prompt);
