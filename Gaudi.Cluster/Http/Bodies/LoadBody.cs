namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Answer of GET /load.</summary>
/// <param name="ServerLoad">Requests that the model is working on.</param>
internal sealed record LoadBody(int ServerLoad);
