namespace Gaudi.Cluster.Http.Bodies;

/// <summary>OpenAI's form of an error.</summary>
internal sealed record ErrorBody(ErrorDetail Error);
