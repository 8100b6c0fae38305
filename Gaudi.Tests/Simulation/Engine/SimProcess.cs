using Akka.Dispatch;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>
/// What is a process of an operating system in the product: a subtree of actors that reaches others by links alone, and that can die,
/// stand still, or be cut off.
/// </summary>
/// <param name="number">From 1, in the order made; 0 is the world itself, which is everywhere.</param>
/// <param name="name">Such as b3.1 (a node) or b3c5.2 (a worker): the last number counts its starts.</param>
/// <param name="box">The machine it runs on; -1 for the world.</param>
internal sealed class SimProcess(int number, string name, int box)
{
    private readonly Dictionary<int, long> _lastArrivals = [];

    /// <summary>Counts processes.</summary>
    internal int Number => number;

    /// <summary>Of its root actor, too.</summary>
    internal string Name => name;

    /// <summary>The machine it runs on.</summary>
    internal int Box => box;

    /// <summary>It has ended: nothing leaves it and nothing reaches it.</summary>
    internal bool IsDead { get; set; }

    /// <summary>It stands still: what comes waits.</summary>
    internal bool IsPaused { get; set; }

    /// <summary>The card of a worker; null for others.</summary>
    internal ICardThread? Card { get; set; }

    /// <summary>Mailboxes that would run if it did not stand still.</summary>
    internal List<Mailbox> Waiting { get; } = [];

    /// <summary>Events of its own that came due while it stood still.</summary>
    internal List<SimEvent> Due { get; } = [];

    /// <summary>A message may not overtake an earlier one to the same process.</summary>
    /// <param name="to">The process it goes to.</param>
    /// <param name="at">When it would arrive alone.</param>
    /// <returns>When it arrives.</returns>
    internal long Arrive(SimProcess to, long at)
    {
        if (_lastArrivals.TryGetValue(to.Number, out var last) && last > at)
            at = last;
        _lastArrivals[to.Number] = at;
        return at;
    }
}
