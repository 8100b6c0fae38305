using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Scheduling;

namespace Gaudi.Actors.Requests;

/// <summary>
/// The open choices of a gateway and the replicas they are at. The choices of one request go to one replica, also when they move.
/// One thread.
/// </summary>
internal sealed class OpenRoutes
{
    // A choice that is there each time a replica is lost may be the reason: it stays where the next is, which judges it.
    private const int LostMax = 2;

    private readonly ReplicaRouting _routing;
    private readonly ReplicaRouter _router;
    private readonly Dictionary<(string RequestId, int Choice), Route> _routes = [];
    private readonly Dictionary<string, GroupRoute> _groups = new(StringComparer.Ordinal);
    private long _openedCount;

    internal OpenRoutes(ReplicaRouting routing) => (_routing, _router) = (routing, new ReplicaRouter(routing));

    /// <summary>Whether there is anything to choose.</summary>
    internal bool HasChoice => _router.Count > 1;

    /// <summary>A choice has come.</summary>
    /// <returns>The id of the replica it goes to.</returns>
    internal string Open(GenerationRequest request)
    {
        ImmutableArray<BlockHash> prefix = HasChoice && _routing.Settings.AffinityBlocksMax > 0
            ? PromptPrefix.Of(request, _routing.BlockSizeTokens)
            : [];
        var route = new Route(++_openedCount, request, prefix);
        _routes.Add(route.Key, route);
        if (route.Group is { } group)
        {
            var known = _groups.GetValueOrDefault(group.Id) ?? new GroupRoute(null, 0);
            _groups[group.Id] = known with { OpenCount = known.OpenCount + 1 };
        }
        Place(route, Choose(route)!.Value);
        return IdOf(route);
    }

    /// <summary>A choice's tokens came.</summary>
    internal void MoveForward((string RequestId, int Choice) key, int emittedCount)
    {
        if (_routes.GetValueOrDefault(key) is not { } route)
            return;
        _router.Load(route.Replica, -route.LoadTokens);
        route.MoveForward(emittedCount);
        _router.Load(route.Replica, route.LoadTokens);
    }

    /// <summary>A replica refused a choice, and another might not.</summary>
    /// <returns>The id of the replica it goes to; null when no other serves that has not refused it.</returns>
    internal string? Refuse((string RequestId, int Choice) key, string replicaId)
    {
        if (_routes.GetValueOrDefault(key) is not { } route)
            return null;
        if (IdOf(route) != replicaId)
            return IdOf(route); // It is on its way elsewhere.
        route.Refused.Add(route.Replica);
        if (Choose(route) is { } next && _router.HealthOf(next) == ReplicaHealth.Serving)
        {
            Move(route, next);
            return IdOf(route);
        }
        route.Refused.Clear();
        return null;
    }

    /// <summary>A choice has ended.</summary>
    internal void Close((string RequestId, int Choice) key)
    {
        if (!_routes.Remove(key, out var route))
            return;
        _router.Load(route.Replica, -route.LoadTokens);
        if (route.Group is not { } group)
            return;
        var known = _groups[group.Id];
        if (known.OpenCount == 1)
            _groups.Remove(group.Id);
        else
            _groups[group.Id] = known with { OpenCount = known.OpenCount - 1 };
    }

    /// <summary>A replica has told how it is.</summary>
    /// <returns>Choices that go to another one now, and its id.</returns>
    internal ImmutableArray<((string RequestId, int Choice) Key, string ReplicaId)> Hear(ReplicaChanged heard)
    {
        _router.Hear(heard);
        return LeaveTheLost();
    }

    /// <summary>Every replica is asked once more how it is.</summary>
    /// <returns>Choices that go to another one now, and its id.</returns>
    internal ImmutableArray<((string RequestId, int Choice) Key, string ReplicaId)> Beat()
    {
        _router.Beat();
        return LeaveTheLost();
    }

    // In the order opened, so that who came first is computed first.
    private ImmutableArray<((string RequestId, int Choice) Key, string ReplicaId)> LeaveTheLost()
    {
        var moved = ImmutableArray.CreateBuilder<((string RequestId, int Choice) Key, string ReplicaId)>();
        var lost = _routes.Values.Where(route => _router.IsLeft(route.Replica) && route.LostCount < LostMax);
        foreach (var route in lost.OrderBy(route => route.Number))
        {
            route.Refused.Clear(); // That was about room, and long ago perhaps.
            if (Choose(route) is not { } next || _router.HealthOf(next) != ReplicaHealth.Serving)
                continue;
            Move(route, next);
            route.LostCount++;
            moved.Add((route.Key, IdOf(route)));
        }
        return moved.ToImmutable();
    }

    private int? Choose(Route route)
    {
        if (route.Group is { } group && _groups[group.Id].Replica is { } together && !route.Refused.Contains(together)
            && !_router.IsLeft(together))
            return together;
        return _router.Choose(route.Prefix, route.Refused);
    }

    private void Move(Route route, int next)
    {
        _router.Load(route.Replica, -route.LoadTokens);
        Place(route, next);
    }

    private void Place(Route route, int replica)
    {
        route.Begin(replica, _router.MatchOf(replica, route.Prefix) * _routing.BlockSizeTokens);
        _router.Remember(replica, route.Prefix);
        _router.Load(replica, route.LoadTokens);
        if (route.Group is { } group)
            _groups[group.Id] = _groups[group.Id] with { Replica = replica };
    }

    private string IdOf(Route route) => _routing.ReplicaIds[route.Replica];

    private sealed record GroupRoute(int? Replica, int OpenCount);
}
