namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Answer of GET /version.</summary>
internal sealed record VersionBody(string Version);
