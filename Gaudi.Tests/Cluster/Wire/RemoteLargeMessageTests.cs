using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>The frames of hocon/reference.conf hold what the serializer lets through, over a real connection.</summary>
public sealed class RemoteLargeMessageTests() : TestKit(
    ConfigurationFactory.ParseString("""
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          actor.provider = remote
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        }
        """).WithFallback(Given.Reference),
    "gaudi")
{
    [Fact]
    public async Task Whole_vocabulary_of_150k_for_each_of_8_sequences_reaches_another_node()
    {
        using var other = ActorSystem.Create("gaudi", Sys.Settings.Config);
        ImmutableArray<TokenLogprob> whole = [.. Enumerable.Range(0, 152_064).Select(id => new TokenLogprob(id, -id))];
        var output = new StepOutput(1, [.. Enumerable.Range(0, 8).Select(i => new SampledToken(i, 9, 5, -1, whole))], 7);
        var address = ((ExtendedActorSystem)Sys).Provider.DefaultAddress;
        var here = ((ExtendedActorSystem)other).Provider.ResolveActorRef(TestActor.Path.ToStringWithAddress(address));
        here.Tell(new StepCompleted("m/0", 1, 0, output, 1));
        var received = await ExpectMsgAsync<StepCompleted>(TimeSpan.FromSeconds(30));
        Assert.Equal(8, received.Output.Tokens.Length);
        Assert.All(received.Output.Tokens, token => Assert.True(whole.SequenceEqual(token.Alternatives)));
        await other.Terminate();
    }
}
