using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Devices;

/// <summary>What a device supervisor works with.</summary>
/// <param name="Node">This node's address, such as 127.0.0.1:4053.</param>
/// <param name="CardCount">Workers to start, one a card.</param>
/// <param name="Settings">The node's settings.</param>
/// <param name="Launcher">Starts worker processes.</param>
/// <param name="Inventory">Told every change.</param>
/// <param name="NextToken">Gives a secret no worker had before.</param>
/// <param name="Announce">Told, in one line each, what people should see: a worker ready, failed, gone.</param>
public sealed record DeviceSupervisorParts(
    string Node, int CardCount, GaudiSettings Settings, IWorkerLauncher Launcher, IActorRef Inventory,
    Func<string> NextToken, Action<NodeEvent> Announce)
{
    /// <summary>Dates what people read; decides nothing.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told the endpoints of a group's other ranks when a connection to one of them broke.</summary>
    public Action<ImmutableArray<string>> LaneBroke { get; init; } = _ => { };
}
