using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu;

namespace Gaudi.Actors.Requests;

/// <summary>
/// Chooses the replica of a request: among the healthiest the one that has most of the prompt cached, unless it has much more to
/// do than the least loaded; among equals the one with the least to do, then the first. No clock, no chance: the same history
/// gives the same choices. One thread.
/// </summary>
/// <param name="routing">Which replicas, and how affinity and load are weighed.</param>
internal sealed class ReplicaRouter(ReplicaRouting routing)
{
    private readonly ImmutableArray<Standing> _standings =
        [.. routing.ReplicaIds.Select(_ => new Standing(routing.Settings.AffinityBlocksMax))];

    /// <summary>Replicas there are.</summary>
    internal int Count => _standings.Length;

    /// <summary>How a replica is.</summary>
    internal ReplicaHealth HealthOf(int replica) => _standings[replica].Health;

    /// <summary>Tokens a replica has to compute and to generate.</summary>
    internal long LoadOf(int replica) => _standings[replica].LoadTokens;

    /// <summary>Whether requests of a replica are better off with another one.</summary>
    internal bool IsLeft(int replica) => HealthOf(replica) is not (ReplicaHealth.Serving or ReplicaHealth.Unknown);

    /// <summary>A replica has told how it is.</summary>
    internal void Hear(ReplicaChanged heard)
    {
        var index = routing.ReplicaIds.IndexOf(heard.ReplicaId);
        if (index < 0)
            return; // Of a server that was started with more replicas.
        var standing = _standings[index];
        standing.MissedBeats = 0;
        standing.Health = heard switch
        {
            { IsFinal: true } => ReplicaHealth.Ended,
            { State: "serving" } => ReplicaHealth.Serving,
            { State: "forming" } => ReplicaHealth.Forming,
            _ => ReplicaHealth.Degraded,
        };
        if (standing.Epoch != heard.Epoch)
            standing.Memory.Clear(); // What an epoch cached dies with it.
        standing.Epoch = heard.Epoch;
    }

    /// <summary>Every replica is asked once more how it is.</summary>
    internal void Beat()
    {
        foreach (var standing in _standings)
        {
            if (++standing.MissedBeats > routing.Settings.SilentBeats && standing.Health != ReplicaHealth.Ended)
                standing.Health = ReplicaHealth.Silent;
        }
    }

    /// <summary>Chooses among all replicas but some.</summary>
    /// <param name="prefix">The prompt's full blocks.</param>
    /// <param name="but">Those that may not be chosen.</param>
    /// <returns>Null when none is left.</returns>
    internal int? Choose(ImmutableArray<BlockHash> prefix, IReadOnlySet<int> but)
    {
        var left = Enumerable.Range(0, Count).Where(index => !but.Contains(index)).ToList();
        if (left.Count == 0)
            return null;
        var best = left.Min(HealthOf);
        left.RemoveAll(index => HealthOf(index) != best);
        var most = left.Min(LoadOf) + routing.Settings.AffinityTokensMax;
        return left.MinBy(index => (LoadOf(index) > most ? 0 : -MatchOf(index, prefix), LoadOf(index), index));
    }

    /// <summary>Blocks of a prompt that a replica probably has.</summary>
    internal int MatchOf(int replica, ImmutableArray<BlockHash> prefix) => _standings[replica].Memory.MatchOf(prefix);

    /// <summary>A replica is given a prompt.</summary>
    internal void Remember(int replica, ImmutableArray<BlockHash> prefix) => _standings[replica].Memory.Remember(prefix);

    /// <summary>A replica has more to do, or less.</summary>
    internal void Load(int replica, long tokens)
    {
        _standings[replica].LoadTokens += tokens;
        Invariant.That(LoadOf(replica) >= 0, $"replica {replica} has {LoadOf(replica)} tokens to do");
    }

    private sealed class Standing(int blocksMax)
    {
        public ReplicaHealth Health { get; set; } = ReplicaHealth.Unknown;

        public long Epoch { get; set; }

        public long LoadTokens { get; set; }

        public int MissedBeats { get; set; }

        public PrefixMemory Memory { get; } = new(blocksMax);
    }
}
