using Akka.Actor;
using Akka.Dispatch;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>
/// The pinned thread of a card. A call that blocks it in the product is here a message that waits at the head of the rank's mailbox
/// until the call would be over: then it is handled, and finds the result. Everything behind it waits, as it would.
/// </summary>
internal interface ICardThread
{
    /// <summary>Whether the message at the head of the mailbox blocks now; then the mailbox is kept until it is over.</summary>
    bool Blocks(Mailbox mailbox, object message);
}
