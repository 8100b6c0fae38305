using Gaudi.Actors.Devices;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Checks;

/// <summary>What must hold while faults come: looked at once a second, and with every step.</summary>
internal sealed class RunningChecks
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // From the end of its limit: the grace, the way to its node, the exit; and once more, where a link or a box stood still.
    private static readonly TimeSpan KillSlack = TimeSpan.FromSeconds(5);

    // From when an edge's end is known, or a client has gone away, until its replica has heard of it and plans without it.
    private static readonly TimeSpan EndSlack = TimeSpan.FromMilliseconds(300);

    private readonly SimWorld _world;
    private readonly Dictionary<long, TimeSpan> _gone = [];
    private readonly HashSet<(int Box, int Card)> _leftOut = []; // Asked, never listed.
    private TimeSpan _lastTrouble;

    internal RunningChecks(SimWorld world)
    {
        _world = world;
        world.Engine.After(Period, Look);
    }

    /// <summary>Cards whose workers are not started again.</summary>
    internal bool IsLeftOut(int box, int card) => _leftOut.Contains((box, card));

    /// <summary>Nobody wants this request's tokens any more from now on.</summary>
    /// <param name="seed">Of its draws.</param>
    /// <param name="knownAfter">How long until its replica knows.</param>
    internal void Gone(long seed, TimeSpan knownAfter) => _gone[seed] = _world.Engine.Now + knownAfter + EndSlack;

    /// <summary>A node announces something.</summary>
    internal void Hear(int box, NodeEvent happened)
    {
        if (happened is NodeEvent.WorkerLost { IsFinal: true } lost)
            _leftOut.Add((box, lost.CardIndex));
        else if (happened is NodeEvent.WorkerStarted started)
            _leftOut.Remove((box, started.CardIndex));
    }

    /// <summary>A step begins.</summary>
    internal void Started(LaneGroup group, StepPlan plan)
    {
        if (_gone.Count == 0)
            return;
        foreach (var step in plan.Sequences)
        {
            if (step.Sampling is not { } sampling || !_gone.TryGetValue(sampling.Seed, out var until) || IsTroubled)
                continue;
            _world.Checks.That("nothing is computed for nobody", _world.Engine.Now < until,
                () => $"{group.GroupId} computes request {sampling.Seed}, which nobody reads since {until - EndSlack}");
        }
    }

    // While a link is cut or a box stands still, and shortly after, nobody can be expected to know.
    private bool IsTroubled => _world.Engine.Now < _lastTrouble + _world.Engine.EndKnownAfter + KillSlack;

    private void Look()
    {
        if (_world.Network.IsTroubled || _world.Boxes.Any(box => box.Node is not { IsDead: false, IsPaused: false }))
            _lastTrouble = _world.Engine.Now;
        var limit = _world.Settings.Group.Hang.FirstLimit + _world.Settings.Group.Hang.Grace + KillSlack;
        foreach (var worker in _world.Boxes.SelectMany(box => box.Workers).OfType<SimWorker>())
        {
            // A group that saw its cards withheld meanwhile takes all of them for lost, and one that moved knows of no step: both
            // find the hung rank when they form.
            if (worker.InStepSince is { } since && since > _lastTrouble && !IsTroubled)
                _world.Checks.That("a rank that hangs is killed", _world.Engine.Now - since < limit,
                    () => $"{worker.Endpoint} is in a step since {since}");
        }
        _world.Engine.After(Period, Look);
    }
}
