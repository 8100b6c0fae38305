using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Answer of GET /v1/models.</summary>
internal sealed record ModelList(string Object, ImmutableArray<ModelCard> Data);
