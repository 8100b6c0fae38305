using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Xunit;

namespace Gaudi.Tests.Actors;

/// <summary>
/// A system in which every message is serialised as if it left the process: a message that is neither a wire message nor
/// local fails its test.
/// </summary>
public abstract class ActorTests(string overrides = "")
    : TestKit(ConfigurationFactory.ParseString(overrides).WithFallback(Strict), "gaudi")
{
    /// <summary>For tests that own the time: it passes by <see cref="Advance"/> only.</summary>
    protected const string VirtualTime =
        "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"";

    // The product's own bindings. Identify and StopChild are Akka's own and never leave a process: JSON carries
    // them here and nothing in the product.
    private static readonly Config Strict = ConfigurationFactory.ParseString("""
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.test.single-expect-default = 20s
        akka.actor {
          serialize-messages = on
          serializers.json = "Akka.Serialization.NewtonSoftJsonSerializer, Akka"
          serialization-bindings {
            "Akka.Actor.Identify, Akka" = json
            "Akka.Actor.ActorIdentity, Akka" = json
            "Akka.Dispatch.SysMsg.StopChild, Akka" = json
          }
        }
        """).WithFallback(Given.Reference);

    /// <summary>Lets virtual time pass.</summary>
    protected void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);

    /// <summary>Returns when the actor has handled everything sent to it so far from this test.</summary>
    protected async Task SettleAsync(IActorRef actor)
    {
        var probe = CreateTestProbe();
        actor.Tell(new Identify(0), probe.Ref);
        var identity = await probe.ExpectMsgAsync<ActorIdentity>();
        Assert.True(identity.Subject is not null, $"{actor.Path} has died");
    }

    /// <summary>Fails when the actor, after handling everything sent to it, has told any of these anything more.</summary>
    protected async Task SilentAsync(IActorRef actor, params TestProbe[] listeners)
    {
        await SettleAsync(actor);
        foreach (var listener in listeners)
        {
            await SettleAsync(listener.Ref);
            Assert.False(listener.HasMessages, $"{listener.Ref.Path.Name} was told more");
        }
    }

    /// <summary>Stops an actor without a message that would have to be serialised.</summary>
    protected static void StopNow(IActorRef actor) => ((IInternalActorRef)actor).Stop();
}
