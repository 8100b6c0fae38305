using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Checks;

/// <summary>What must hold when faults and clients are over.</summary>
internal sealed class FinalChecks(SimWorld world)
{
    private const int QueueMax = 100_000;
    private readonly TimeSpan _answerTime = TimeSpan.FromSeconds(2);

    /// <summary>Every answer has ended and every replica serves, or cannot for want of cards.</summary>
    internal bool IsQuiet => world.Clients.Open.Count == 0 && world.Clients.ToComeCount == 0
        && world.Boxes.All(box => box.IsUp) && Unwell().Length == 0 && Idle().Length == 0;

    /// <summary>Looks at all of it.</summary>
    /// <param name="isFaultFree">Nothing went wrong: then nothing may be lost either.</param>
    internal void Look(bool isFaultFree)
    {
        var checks = world.Checks;
        checks.That("everything heals", Unwell().Length == 0, () => Unwell());
        checks.That("every card is used or left out", Idle().Length == 0, () => Idle());
        checks.That("every answer ends", world.Clients.Open.Count == 0, () =>
            $"{world.Clients.Open.Count} answers never ended, the first is request {world.Clients.Open.First().Request.Number}");
        checks.That(
            "only wire messages leave a process", world.Network.Strays.Count == 0, () => string.Join(", ", world.Network.Strays));
        checks.That("queues are bounded", world.Engine.LongestQueue.Count < QueueMax, () =>
            $"a mailbox of {world.Engine.LongestQueue.Of} had {world.Engine.LongestQueue.Count} messages");
        if (isFaultFree)
        {
            checks.That(
                "nothing waits for a link without faults", world.Network.HeldCount == 0, () => $"{world.Network.HeldCount} messages");
            checks.That(
                "nothing is refused without faults",
                world.Clients.Endings.Keys.All(one => one is "length" or "abort" or "refused QueueFull"),
                () => string.Join(", ", world.Clients.Endings.Keys));
        }
        LookAtBlocks();
    }

    // A card's worker lives, or its node has said that it is not started again.
    private string Idle() => string.Join("; ", world.Boxes.Where(box => box.IsUp).SelectMany(box => box.Workers
        .Select((worker, card) => worker is not null || world.Running.IsLeftOut(box.Index, card)
            ? null
            : $"{Topology.BoxName(box.Index)} card {card} has no worker").OfType<string>()));

    private string Unwell() => string.Join("; ", world.ReplicaIds.Select(UnwellOf).OfType<string>());

    private string? UnwellOf(string id)
    {
        if (!world.Standings.TryGetValue(id, out var standing))
            return $"{id} was never heard of";
        if (standing.State == "serving" && world.Boxes[standing.Box].IsUp)
            return null;
        var isDeclared = standing is { State: "degraded", Reason.Length: > 0 } && world.CardsAreTooFew;
        return isDeclared ? null : $"{id} is {standing.State}: {standing.Reason}";
    }

    // Asked when nothing runs: a block that is still in use belongs to nobody.
    private void LookAtBlocks()
    {
        // Until a replica knows of edges that went with their nodes.
        world.Engine.RunUntil(world.Engine.Now + world.Engine.EndKnownAfter + _answerTime);
        var asker = world.System.Probe<ReplicaStatus>(status => world.Checks.That(
            "kv blocks are given back", status is { BlocksUsed: 0, RunningCount: 0, WaitingCount: 0 },
            () => $"{status.ReplicaId}: {status.BlocksUsed} blocks, {status.RunningCount} running, {status.WaitingCount} waiting"));
        foreach (var id in world.ReplicaIds)
            if (world.Homes.HomeOf(id) is { } home)
                world.Boxes[home].Region?.Tell(new GetReplicaStatus(id, asker), ActorRefs.NoSender);
        world.Engine.RunUntil(world.Engine.Now + _answerTime);
    }
}
