using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

/// <summary>
/// The adapters of one replica: loading, ready, or leaving while accepted choices still use them. Soft state: a request brings
/// its adapter, so a replica that was made anew loads it again. One thread.
/// </summary>
internal sealed class ReplicaLoras
{
    // Of adapters that are gone the last so many are remembered: a request that was on its way is told why.
    private const int GoneKept = 64;

    private readonly SortedDictionary<string, Standing> _known = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Id, RefusalKind Kind, string Reason)> _gone = [];

    /// <summary>Why a choice of this adapter cannot be taken now; null when it can.</summary>
    internal (RefusalKind Kind, string Reason)? Obstacle(LoraAdapter adapter)
    {
        if (_gone.FirstOrDefault(one => one.Id == adapter.Id) is { Id: not null } gone)
            return (gone.Kind, gone.Reason);
        return _known.GetValueOrDefault(adapter.Id) switch
        {
            { IsReady: true, IsLeaving: false } => null,
            { IsLeaving: true } => (RefusalKind.UnknownModel, Unloaded(adapter.Name)),
            _ => (RefusalKind.Unavailable, $"the adapter `{adapter.Name}` is being loaded"),
        };
    }

    /// <summary>Somebody wants an adapter.</summary>
    /// <param name="adapter">Which.</param>
    /// <param name="waiter">Hears how it went; null where nobody waits.</param>
    /// <returns>True when it is to be loaded now.</returns>
    internal bool Begin(LoraAdapter adapter, IActorRef? waiter)
    {
        var isNew = !_known.TryGetValue(adapter.Id, out var standing);
        if (isNew)
            _known.Add(adapter.Id, standing = new Standing(adapter));
        if (waiter is not null)
            standing!.Waiters.Add(waiter);
        return isNew;
    }

    /// <summary>The group has it on every rank, or it has not and it is forgotten.</summary>
    /// <param name="id">Of the adapter.</param>
    /// <param name="refusal">Null when it is ready.</param>
    /// <param name="isUnavailable">True where a later try may do better.</param>
    /// <returns>Who waited.</returns>
    internal ImmutableArray<IActorRef> Loaded(string id, string? refusal, bool isUnavailable)
    {
        if (!_known.TryGetValue(id, out var standing))
            return [];
        ImmutableArray<IActorRef> waiters = [.. standing.Waiters];
        standing.Waiters.Clear();
        standing.IsReady = refusal is null;
        if (refusal is not null)
            _known.Remove(id);
        if (refusal is not null && !isUnavailable)
            Remember(id, RefusalKind.Failed, $"the adapter `{standing.Adapter.Name}` cannot be used: {refusal}");
        return waiters;
    }

    /// <summary>No further choice of it is taken.</summary>
    internal void Leave(string id)
    {
        if (_known.TryGetValue(id, out var standing))
            standing.IsLeaving = true;
    }

    /// <summary>Forgets those that leave and that nobody uses any more.</summary>
    /// <returns>Their ids, which the ranks may forget too.</returns>
    internal ImmutableArray<string> TakeLeft(Func<string, bool> isUsed)
    {
        ImmutableArray<string> left =
            [.. _known.Where(one => one.Value is { IsLeaving: true, IsReady: true } && !isUsed(one.Key)).Select(one => one.Key)];
        foreach (var id in left)
        {
            _known.Remove(id, out var standing);
            Remember(id, RefusalKind.UnknownModel, Unloaded(standing!.Adapter.Name));
        }
        return left;
    }

    private static string Unloaded(string name) => $"The model `{name}` does not exist: the adapter was unloaded.";

    private void Remember(string id, RefusalKind kind, string reason)
    {
        _gone.AddFirst((id, kind, reason));
        if (_gone.Count > GoneKept)
            _gone.RemoveLast();
    }

    private sealed class Standing(LoraAdapter adapter)
    {
        public LoraAdapter Adapter => adapter;

        public List<IActorRef> Waiters { get; } = [];

        public bool IsReady { get; set; }

        public bool IsLeaving { get; set; }
    }
}
