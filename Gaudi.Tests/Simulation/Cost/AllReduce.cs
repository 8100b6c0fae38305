using System.Numerics;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Cost;

/// <summary>
/// All-reduce by the alpha-beta model: a message of n bytes takes alpha + n beta. With p ranks: ring 2 (p - 1) (alpha + n/p beta);
/// recursive doubling log2 p (alpha + n beta), two steps more where p is no power of two; direct, where every pair has its link,
/// 2 (alpha + n/p beta); hierarchical: scatter in each box, ring across boxes, gather in each box. The best one counts.
/// </summary>
/// <remarks>Source of the first two: Thakur, Rabenseifner, Gropp, "Optimization of Collective Communication Operations in MPICH".</remarks>
internal static class AllReduce
{
    /// <summary>How long the best way takes.</summary>
    /// <param name="bytes">Of one rank's vector.</param>
    /// <param name="cards">The group's cards in rank order.</param>
    /// <param name="fabric">How they are joined.</param>
    internal static (TimeSpan Time, AllReduceWay Way) Best(double bytes, IReadOnlyList<GroupCard> cards, Fabric fabric)
    {
        var ranks = cards.Count;
        if (ranks == 1)
            return (TimeSpan.Zero, AllReduceWay.None);
        var boxes = cards.Select(card => card.Box).Distinct().Count();
        var slowest = boxes == 1 ? fabric.InBox : fabric.ScaleOut;
        var best = (Time: Ring(bytes, ranks, slowest), Way: AllReduceWay.Ring);
        Consider(RecursiveDoubling(bytes, ranks, slowest), AllReduceWay.RecursiveDoubling);
        if (boxes == 1)
            Consider(Direct(bytes, ranks, fabric.InBox), AllReduceWay.Direct);
        else if (ranks % boxes == 0 && cards.GroupBy(card => card.Box).All(box => box.Count() == ranks / boxes))
            Consider(Hierarchical(bytes, ranks / boxes, boxes, fabric), AllReduceWay.Hierarchical);
        return best;

        void Consider(TimeSpan time, AllReduceWay way)
        {
            if (time < best.Time)
                best = (time, way);
        }
    }

    /// <summary>2 (p - 1) (alpha + n/p beta).</summary>
    internal static TimeSpan Ring(double bytes, int ranks, LinkSpeed link) => 2 * (ranks - 1) * link.Of((long)(bytes / ranks));

    /// <summary>log2 p (alpha + n beta), with two steps more where p is no power of two.</summary>
    internal static TimeSpan RecursiveDoubling(double bytes, int ranks, LinkSpeed link) =>
        (BitOperations.Log2((uint)ranks) + (BitOperations.IsPow2(ranks) ? 0 : 2)) * link.Of((long)bytes);

    /// <summary>2 (alpha + n/p beta): every rank sends each other its part at once, twice.</summary>
    internal static TimeSpan Direct(double bytes, int ranks, LinkSpeed link) => 2 * link.Of((long)(bytes / ranks));

    /// <summary>Direct scatter and gather in boxes of c cards, and a ring of b boxes for each c-th part between them.</summary>
    internal static TimeSpan Hierarchical(double bytes, int cardsPerBox, int boxes, Fabric fabric)
    {
        var inBox = cardsPerBox == 1 ? TimeSpan.Zero : Direct(bytes, cardsPerBox, fabric.InBox);
        return inBox + Ring(bytes / cardsPerBox, boxes, fabric.ScaleOut);
    }
}
