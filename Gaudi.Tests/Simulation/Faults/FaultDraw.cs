using System.Collections.Immutable;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Faults;

/// <summary>Plans drawn from a seed: so many faults between two moments, the cheap ones more often than the dear ones. Pure.</summary>
internal static class FaultDraw
{
    private static readonly ImmutableArray<(FaultKind Kind, int Weight)> Weights =
    [
        (FaultKind.Crash, 40), (FaultKind.Hang, 16), (FaultKind.Slow, 12), (FaultKind.LinkDown, 4), (FaultKind.Lossy, 4),
        (FaultKind.BoxDown, 3), (FaultKind.BoxPause, 5), (FaultKind.Partition, 2), (FaultKind.PluginThrows, 4),
        (FaultKind.PluginHangs, 2), (FaultKind.Skew, 3), (FaultKind.CrashLoop, 2), (FaultKind.Poison, 3),
    ];

    /// <summary>Draws a plan.</summary>
    /// <param name="topology">Where.</param>
    /// <param name="seed">Decides all of it.</param>
    /// <param name="count">Faults.</param>
    /// <param name="from">None before.</param>
    /// <param name="to">None after.</param>
    /// <param name="kinds">Which; empty for all.</param>
    internal static ImmutableArray<Fault> Make(
        Topology topology, int seed, int count, TimeSpan from, TimeSpan to, IReadOnlyCollection<FaultKind> kinds)
    {
        var random = new Random(seed ^ 0xFA17);
        var weights = Weights
            .Where(one => (kinds.Count == 0 || kinds.Contains(one.Kind)) && (topology.BoxCount > 1 || !NeedsTwoBoxes(one.Kind))).ToArray();
        var faults = ImmutableArray.CreateBuilder<Fault>();
        for (var index = 0; index < count; index++)
        {
            var pick = random.Next(weights.Sum(one => one.Weight));
            var kind = weights.First(one => (pick -= one.Weight) < 0).Kind;
            var at = from + TimeSpan.FromMilliseconds(Math.Round((to - from).TotalMilliseconds * random.NextDouble()));
            faults.Add(Draw(random, topology, at, kind));
        }
        return [.. faults.OrderBy(one => one.At)];
    }

    private static bool NeedsTwoBoxes(FaultKind kind) =>
        kind is FaultKind.LinkDown or FaultKind.Lossy or FaultKind.Partition;

    // Every fault takes the same draws, so that the choice of kinds changes no other part of the plan.
    private static Fault Draw(Random random, Topology topology, TimeSpan at, FaultKind kind)
    {
        var box = random.Next(topology.BoxCount);
        var other = (box + 1 + random.Next(Math.Max(1, topology.BoxCount - 1))) % topology.BoxCount;
        var card = random.Next(topology.CardCounts[box]);
        var (part, strength) = (random.NextDouble(), random.NextDouble());
        TimeSpan Between(double least, double most) => TimeSpan.FromMilliseconds(Math.Round(1000 * (least + (most - least) * part)));
        return kind switch
        {
            FaultKind.Crash => new Fault(at, kind, [box], card, TimeSpan.Zero, 0),
            FaultKind.Hang => new Fault(at, kind, [box], card, Between(0.2, 40), 0),
            FaultKind.Slow => new Fault(at, kind, [box], card, Between(1, 15), Math.Round(1.5 + 4 * strength, 2)),
            FaultKind.LinkDown => new Fault(at, kind, [box, other], -1, Between(0.1, 6), 0),
            FaultKind.Lossy => new Fault(at, kind, [box, other], -1, Between(1, 10), Math.Round(0.02 + 0.3 * strength, 3)),
            FaultKind.BoxDown => new Fault(at, kind, [box], -1, Between(1, 20), 0),
            FaultKind.BoxPause => new Fault(at, kind, [box], -1, Between(0.2, 5), 0),
            FaultKind.Partition => new Fault(
                at, kind,
                [
                    .. Enumerable.Range(0, 1 + (int)(strength * (topology.BoxCount - 1) / 2)).Select(i => (box + i) % topology.BoxCount),
                ],
                -1, Between(0.5, 12), 0),
            FaultKind.PluginThrows or FaultKind.PluginHangs => new Fault(at, kind, [box], card, Between(1, 8), 0),
            FaultKind.Skew => new Fault(at, kind, [box], card, Between(2, 15), 0),
            FaultKind.CrashLoop => new Fault(at, kind, [box], card, Between(5, 20), 0),
            _ => new Fault(at, kind, [], -1, TimeSpan.Zero, 0),
        };
    }
}
