using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>Tells other nodes what this one serves, which never changes while the node runs, and whether it is in a cluster.</summary>
public sealed class ServedActor : ReceiveActor
{
    /// <summary>Takes what it tells.</summary>
    /// <param name="lines">`KEY = VALUE`, sorted.</param>
    /// <param name="isMember">Asked each time.</param>
    public ServedActor(ImmutableArray<string> lines, Func<bool> isMember) =>
        Receive<GetServed>(get => get.ReplyTo.Tell(new ServedTold(lines, isMember())));
}
