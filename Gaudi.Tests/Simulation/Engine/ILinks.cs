using Akka.Actor;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>What lies between processes.</summary>
internal interface ILinks
{
    /// <summary>Takes a message on its way.</summary>
    /// <param name="from">Process that sends.</param>
    /// <param name="to">Process it goes to.</param>
    /// <param name="message">As sent.</param>
    /// <param name="isSystem">It is Akka's own: a watch, or the news of an end.</param>
    /// <returns>The message as it arrives and when; null where no link carries it now.</returns>
    (object Message, TimeSpan Delay)? Carry(SimProcess from, SimProcess to, object message, bool isSystem);
}
