namespace Gaudi.Tests.Simulation.World;

/// <summary>Which box hosts which replica: what the shard coordinator of the product knows. One thread.</summary>
internal sealed class ReplicaHomes
{
    private readonly SortedDictionary<string, int?> _homes = new(StringComparer.Ordinal);

    /// <summary>Spreads the replicas over the boxes.</summary>
    internal ReplicaHomes(IReadOnlyList<string> replicaIds, int boxCount)
    {
        for (var index = 0; index < replicaIds.Count; index++)
            _homes[replicaIds[index]] = index % boxCount;
    }

    /// <summary>The box of a replica; null while it has none.</summary>
    internal int? HomeOf(string replicaId) => _homes.GetValueOrDefault(replicaId);

    /// <summary>A box is counted out: its replicas have no home.</summary>
    internal void Leave(int box)
    {
        foreach (var id in _homes.Where(one => one.Value == box).Select(one => one.Key).ToArray())
            _homes[id] = null;
    }

    /// <summary>Replicas without a home go to the members with the fewest.</summary>
    internal void Settle(IReadOnlyCollection<int> members)
    {
        if (members.Count == 0)
            return;
        foreach (var id in _homes.Where(one => one.Value is null).Select(one => one.Key).ToArray())
            _homes[id] = members.MinBy(box => (_homes.Values.Count(home => home == box), box));
    }
}
