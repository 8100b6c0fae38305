using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// Who is a member, as each node comes to know it: what Akka.Cluster and its resolver do in the product is modelled by its outcome and
/// its delays. The side with most members serves; others withhold their cards, are put out, and come back when they can.
/// </summary>
internal sealed class Membership(SimWorld world)
{
    private readonly SortedSet<int> _members = [];
    private readonly SortedSet<int> _waiting = [];
    private readonly SortedSet<int> _withheld = [];
    private readonly HashSet<(int One, int Other)> _unreachable = []; // Asked, never listed.
    private bool _isTelling;
    private int _cutNumber;

    /// <summary>Boxes whose nodes are members.</summary>
    internal IReadOnlyCollection<int> Members => _members;

    /// <summary>A node's actors run.</summary>
    internal void Started(SimBox box)
    {
        var node = box.Node;
        world.Engine.After(world.Topology.Timings.MemberJoined, () =>
        {
            if (box.Node != node || !box.IsUp)
                return;
            _members.Add(box.Index);
            Tell();
            Changed();
        });
    }

    /// <summary>A node is gone; the others come to know it.</summary>
    internal void Ended(SimBox box)
    {
        world.Engine.After(world.Topology.Timings.MemberLost, () =>
        {
            if (!box.IsUp)
                CountOut(box.Index);
        });
    }

    /// <summary>A link was cut, or mended.</summary>
    internal void Changed()
    {
        var number = ++_cutNumber;
        if (_unreachable.RemoveWhere(pair => !world.Network.IsCut(pair.One, pair.Other)) > 0)
            Tell();
        var apart = Apart();
        foreach (var box in _withheld.Where(box => !apart.Contains(box)).ToArray())
            Withhold(box, null);
        foreach (var box in _waiting.ToArray())
            Return(box);
        if (apart.Count == 0)
            return;
        world.Engine.After(world.Topology.Timings.Unreachable, () =>
        {
            if (number != _cutNumber)
                return;
            foreach (var one in _members)
                _unreachable.UnionWith(_members.Where(other => world.Network.IsCut(one, other)).Select(other => (one, other)));
            Tell();
        });
        world.Engine.After(world.Topology.Timings.Withhold, () =>
        {
            foreach (var box in number == _cutNumber ? Apart() : [])
                Withhold(box, "this node does not hear from most others");
        });
        world.Engine.After(world.Topology.Timings.MemberLost, () =>
        {
            foreach (var box in number == _cutNumber ? Apart() : [])
                PutOut(box);
        });
    }

    // Boxes that are not on the side with most members, and those that do not reach each other though they are on one side.
    private SortedSet<int> Apart()
    {
        if (!world.Network.IsAnyCut)
            return [];
        var living = _members.Where(box => world.Boxes[box].IsUp).ToList();
        List<SortedSet<int>> sides = [];
        foreach (var box in living.Where(box => !sides.Any(side => side.Contains(box))))
        {
            SortedSet<int> side = [box];
            var open = new Queue<int>([box]);
            while (open.TryDequeue(out var next))
                foreach (var other in living.Where(other => !side.Contains(other) && !world.Network.IsCut(next, other)).ToArray())
                {
                    side.Add(other);
                    open.Enqueue(other);
                }
            sides.Add(side);
        }
        if (sides.Count == 0)
            return [];
        var most = sides.MaxBy(side => (side.Count, -side.Min))!;
        var apart = new SortedSet<int>(living.Except(most));
        apart.UnionWith(most.Where(one => most.Any(other => world.Network.IsCut(one, other))));
        return apart;
    }

    private void Withhold(int box, string? reason)
    {
        if (reason is null)
            _withheld.Remove(box);
        else
        {
            _withheld.Add(box);
            world.Sightings.Withheld();
        }
        world.Boxes[box].Inventory?.Tell(new WithholdCards(reason));
    }

    private void PutOut(int box)
    {
        _withheld.Remove(box);
        world.Boxes[box].EndNode("the cluster put it out");
        CountOut(box);
        _waiting.Add(box);
        Return(box);
    }

    private void Return(int box)
    {
        if (_members.Any(other => world.Network.IsCut(box, other)))
            return;
        _waiting.Remove(box);
        world.Engine.After(world.Topology.Timings.NodeStart, world.Boxes[box].StartNode);
    }

    private void CountOut(int box)
    {
        if (!_members.Remove(box))
            return;
        world.Homes.Leave(box);
        world.Engine.After(world.Topology.Timings.ReplicaMoved, () => world.Homes.Settle(_members));
        Tell();
    }

    // Whoever joins in one moment is told of together.
    private void Tell()
    {
        if (_isTelling)
            return;
        _isTelling = true;
        world.Engine.After(TimeSpan.Zero, () =>
        {
            _isTelling = false;
            world.Homes.Settle(_members);
            var living = _members.Where(box => world.Boxes[box].IsUp).ToArray();
            var all = living.ToImmutableSortedDictionary(
                Topology.BoxName, ICanTell (box) => world.Boxes[box].Inventory!, StringComparer.Ordinal);
            foreach (var box in living)
            {
                var unseen = living.Where(other => other == box || _unreachable.Contains((box, other))).Select(Topology.BoxName);
                world.Boxes[box].Inventory!.Tell(new PeersChanged(all.RemoveRange(unseen)));
            }
        });
    }
}
