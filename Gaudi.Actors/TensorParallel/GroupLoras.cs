using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.TensorParallel;

/// <summary>
/// The adapters of one group: those that every rank has, which a rank of the next epoch is told to load, and those that are being
/// loaded. Only a whole answer counts: where one rank refuses, none keeps it.
/// </summary>
internal sealed class GroupLoras
{
    private readonly List<LoraAdapter> _loaded = [];
    private readonly List<Pending> _pending = [];
    private readonly SortedDictionary<string, string> _lost = new(StringComparer.Ordinal);

    /// <summary>What every rank has, in the order loaded.</summary>
    internal ImmutableArray<LoraAdapter> Loaded => [.. _loaded];

    /// <summary>Whether a rank's answer is waited for.</summary>
    internal bool AreLoading => _pending.Count > 0;

    /// <summary>The ranks were told to load it.</summary>
    internal void Begin(LoraAdapter adapter, int worldSize) => _pending.Add(new Pending(adapter, new bool[worldSize], null));

    /// <summary>A rank's answer.</summary>
    /// <returns>The group's, when it was the last; null before.</returns>
    internal GroupLoraLoaded? Take(LoraLoaded loaded)
    {
        var index = _pending.FindIndex(one => one.Adapter.Id == loaded.LoraId);
        if (index < 0)
            return null;
        var pending = _pending[index];
        pending.HasAnswered[loaded.Rank] = true;
        if (loaded.Refusal is { } refusal)
            _pending[index] = pending = pending with { Refusal = pending.Refusal ?? $"rank {loaded.Rank}: {refusal}" };
        if (!pending.HasAnswered.All(answered => answered))
            return null;
        _pending.RemoveAt(index);
        if (pending.Refusal is null)
            _loaded.Add(pending.Adapter);
        return new GroupLoraLoaded(pending.Adapter.Id, pending.Refusal, IsUnavailable: false);
    }

    /// <summary>Forgets an adapter.</summary>
    internal void Drop(string id) => _loaded.RemoveAll(one => one.Id == id);

    /// <summary>The epoch is over: what was being loaded is not.</summary>
    internal ImmutableArray<GroupLoraLoaded> EndEpoch(string reason)
    {
        ImmutableArray<GroupLoraLoaded> ended =
            [.. _pending.Select(one => new GroupLoraLoaded(one.Adapter.Id, $"the group's epoch ended: {reason}", IsUnavailable: true))];
        _pending.Clear();
        _lost.Clear();
        return ended;
    }

    /// <summary>A rank of the next epoch is prepared, but for these adapters.</summary>
    internal void Note(RankPrepared prepared)
    {
        foreach (var refusal in prepared.LoraRefusals)
            _lost.TryAdd(refusal.LoraId, $"rank {prepared.Rank}: {refusal.Reason}");
    }

    /// <summary>Forgets what a rank of this epoch could not load.</summary>
    /// <returns>One answer for each, by id.</returns>
    internal ImmutableArray<GroupLoraLoaded> TakeLost()
    {
        ImmutableArray<GroupLoraLoaded> lost =
            [.. _lost.Select(one => new GroupLoraLoaded(one.Key, one.Value, IsUnavailable: false))];
        _lost.Clear();
        foreach (var one in lost)
            Drop(one.LoraId);
        return lost;
    }

    private sealed record Pending(LoraAdapter Adapter, bool[] HasAnswered, string? Refusal);
}
