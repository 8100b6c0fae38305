using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>What a report is made of.</summary>
/// <param name="Cards">Of the cluster, by node and index.</param>
/// <param name="Workers">Answers of those that answered in time.</param>
/// <param name="Replicas">By index; null where one did not answer in time. None where the node only lends cards.</param>
internal sealed record ServerState(
    ImmutableArray<CardOffer> Cards, ImmutableDictionary<(string Node, int Card), WorkerReport> Workers,
    ImmutableArray<ReplicaStatus?> Replicas);
