using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Checks;

/// <summary>Looks ten times a second which replicas serve.</summary>
internal sealed class AvailabilityWatch
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private readonly SimWorld _world;
    private readonly TimeSpan _to;
    private long _lookCount;
    private long _servingCount;

    internal AvailabilityWatch(SimWorld world, TimeSpan from, TimeSpan to)
    {
        (_world, _to) = (world, to);
        world.Engine.After(from, Look);
    }

    /// <summary>The part of all looks at which a replica served.</summary>
    internal double Part => _lookCount == 0 ? 0 : (double)_servingCount / _lookCount;

    private void Look()
    {
        _lookCount += _world.ReplicaIds.Length;
        _servingCount += _world.Standings.Values.Count(one => one.State == "serving" && _world.Boxes[one.Box].IsUp);
        if (_world.Engine.Now < _to)
            _world.Engine.After(Period, Look);
    }
}
