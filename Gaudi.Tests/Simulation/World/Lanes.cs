using Gaudi.Actors.Ranks;

namespace Gaudi.Tests.Simulation.World;

/// <summary>The collective lanes of all groups.</summary>
internal sealed class Lanes(SimWorld world)
{
    // Peers find each other, prove who they are, and start their threads. Measured on loopback it is some milliseconds.
    private static readonly TimeSpan Handshake = TimeSpan.FromMilliseconds(5);

    private readonly Dictionary<string, LaneGroup> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly List<LaneGroup> _stalled = [];

    /// <summary>Where they are.</summary>
    internal SimWorld World => world;

    /// <summary>Lanes that have not ended, by group.</summary>
    internal IEnumerable<LaneGroup> Living => _newest.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => one.Value)
        .Where(one => !one.IsOver);

    /// <summary>A rank begins to join; its worker is opened when it has, or cannot.</summary>
    internal void Join(SimWorker worker, JoinEpoch join)
    {
        var prepare = join.Prepare;
        var newest = _newest.GetValueOrDefault(prepare.GroupId);
        if (newest is not null && newest.Epoch > prepare.Epoch)
        {
            worker.EndJoin(join, null, $"it is stale: the group is at epoch {newest.Epoch}");
            return;
        }
        if (newest is null || newest.Epoch < prepare.Epoch)
        {
            if (!_indexes.TryGetValue(prepare.GroupId, out var index))
                _indexes[prepare.GroupId] = index = _indexes.Count;
            newest = _newest[prepare.GroupId] = new LaneGroup(this, prepare.GroupId, index, prepare.Epoch, prepare.Endpoints.Length);
        }
        var lane = newest.Join(prepare.Rank, worker);
        if (lane is null)
        {
            worker.EndJoin(join, null, "another rank has ended the epoch, or has this place");
            return;
        }
        worker.HasJoined(lane);
        join.Abort.Register(() => worker.EndJoin(join, null, "it was cancelled while ranks had not joined"));
        world.Engine.After(world.Settings.Collectives.ConnectTimeout, () =>
            worker.EndJoin(join, null, "ranks had not joined in time"));
        if (newest.IsWhole)
            world.Engine.After(Handshake, () => EndJoins(newest));
    }

    /// <summary>A step that cannot go on: a card hangs, or a link is cut.</summary>
    internal void Stall(LaneGroup group)
    {
        if (!_stalled.Contains(group))
            _stalled.Add(group);
    }

    /// <summary>A card or a link has changed: steps that could not go on may.</summary>
    internal void Recheck()
    {
        var stalled = _stalled.ToArray();
        _stalled.Clear();
        foreach (var group in stalled.Where(one => !one.IsOver))
            group.Recheck();
    }

    private void EndJoins(LaneGroup group)
    {
        if (group.Members.Any(one => group.Members.Any(other => world.Network.IsCut(one!.Box, other!.Box))))
            return; // The timeout ends it.
        foreach (var worker in group.Members)
            worker!.ConnectDone(group);
    }
}
