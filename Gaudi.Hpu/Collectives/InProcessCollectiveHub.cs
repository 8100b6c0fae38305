namespace Gaudi.Hpu.Collectives;

/// <summary>Groups whose ranks are threads of this process. Any thread.</summary>
/// <param name="connectTimeout">How long <see cref="Connect"/> waits for the other ranks.</param>
/// <param name="time">Measures it.</param>
public sealed class InProcessCollectiveHub(TimeSpan connectTimeout, TimeProvider time) : ICollectiveFactory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, InProcessGroup> _newestGroups = new(StringComparer.Ordinal);

    /// <summary>A hub for the groups of a test: half a minute of patience.</summary>
    public InProcessCollectiveHub() : this(TimeSpan.FromSeconds(30), TimeProvider.System)
    {
    }

    /// <inheritdoc />
    public string Endpoint => "in-process";

    /// <summary>Joins one rank of the only group of this hub. Does not wait: the first collective call does.</summary>
    /// <exception cref="CollectiveAbortedException">The epoch is stale or aborted, or the rank is taken.</exception>
    public ICollective Join(int rank, int worldSize, long epoch) => Join("", rank, worldSize, epoch);

    /// <inheritdoc />
    public ICollective Connect(GroupAddress group, CancellationToken abort)
    {
        var collective = Join(group.GroupId, group.Rank, group.WorldSize, group.Epoch);
        try
        {
            (collective as InProcessCollective)?.WaitForPeers(connectTimeout, time, abort);
            return collective;
        }
        catch
        {
            collective.Dispose();
            throw;
        }
    }

    private ICollective Join(string groupId, int rank, int worldSize, long epoch)
    {
        Invariant.That(rank >= 0 && rank < worldSize, $"rank {rank} of {worldSize}");
        InProcessGroup? fenced = null;
        InProcessGroup group;
        lock (_gate)
        {
            var newest = _newestGroups.GetValueOrDefault(groupId);
            if (newest is not null && newest.Epoch > epoch)
                throw new CollectiveAbortedException(epoch, $"it is stale: group '{groupId}' is at epoch {newest.Epoch}");
            if (newest is null || newest.Epoch < epoch)
            {
                fenced = newest;
                newest = _newestGroups[groupId] = new InProcessGroup(epoch, worldSize);
            }
            group = newest;
        }
        fenced?.Abort($"epoch {epoch} replaced it");
        group.Join(rank, worldSize);
        return worldSize == 1 ? new SingleRankCollective(epoch) : new InProcessCollective(group, rank);
    }
}
