using Akka.Actor;
using Akka.Cluster.Sharding;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Sharding;

/// <summary>
/// Replicas as sharded entities: `{model}/{index}` is exactly one somewhere among the nodes of role `engine`, and messages
/// find it by name. An entity starts with the first message for it and is never passivated.
/// </summary>
internal static class ReplicaShards
{
    private const string TypeName = "replica";

    // Replicas are few; more shards than replicas would only be more to hand over.
    private const int ShardCount = 16;

    /// <summary>Starts this node's part.</summary>
    /// <param name="system">A member with role `engine`.</param>
    /// <param name="role">The role whose nodes may host a replica.</param>
    /// <param name="partsOf">What a replica works with, by its id.</param>
    /// <returns>Takes <see cref="IReplicaMessage"/>.</returns>
    internal static Task<IActorRef> StartAsync(ActorSystem system, string role, Func<string, ReplicaParts> partsOf) =>
        ClusterSharding.Get(system).StartAsync(
            TypeName,
            replicaId => NodeRoot.ReplicaProps(partsOf(replicaId)),
            ClusterShardingSettings.Create(system).WithRole(role),
            new ByReplicaId());

    private sealed class ByReplicaId() : HashCodeMessageExtractor(ShardCount)
    {
        public override string? EntityId(object message) => (message as IReplicaMessage)?.ReplicaId;
    }
}
