using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>Tells other nodes what this one serves. It never changes while the node runs.</summary>
public sealed class ServedActor : ReceiveActor
{
    /// <summary>Takes what it tells.</summary>
    /// <param name="lines">`KEY = VALUE`, sorted.</param>
    public ServedActor(ImmutableArray<string> lines) =>
        Receive<GetServed>(get => get.ReplyTo.Tell(new ServedTold(lines)));
}
