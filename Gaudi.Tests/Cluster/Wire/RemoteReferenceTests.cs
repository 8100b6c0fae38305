using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Wire;
using Gaudi.Tests.Actors;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>References as a node reads them: its provider knows other nodes, and must not be broken by their names.</summary>
public sealed class RemoteReferenceTests(ITestOutputHelper output) : TestKit(
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
    private GaudiWireSerializer Serializer => new((ExtendedActorSystem)Sys);

    private IActorRef? Read(byte[] path)
    {
        try
        {
            byte[] bytes = [(byte)path.Length, .. path];
            return ((GetWorkerReport)Serializer.FromBinary(bytes, "GetWorkerReport1")).ReplyTo;
        }
        catch (SerializationException)
        {
            return null;
        }
    }

    [Fact]
    public void Reference_to_a_living_actor_comes_back_as_that_actor()
    {
        var bytes = Serializer.ToBinary(new GetWorkerReport(TestActor));
        Assert.StartsWith("akka.tcp://gaudi@127.0.0.1:", Encoding.UTF8.GetString(bytes, 1, bytes.Length - 1), StringComparison.Ordinal);
        Assert.Same(TestActor, ((GetWorkerReport)Serializer.FromBinary(bytes, "GetWorkerReport1")).ReplyTo);
    }

    [Fact]
    public void Reference_to_another_node_keeps_its_address()
    {
        const string path = "akka.tcp://gaudi@127.0.0.2:4053/user/device-0#7";
        Assert.Equal(path, Read(Encoding.UTF8.GetBytes(path))!.Path.ToSerializationFormat());
    }

    [Fact]
    public void Reference_with_changed_bytes_is_refused_or_a_reference()
    {
        const int seed = 23;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var golden = Encoding.UTF8.GetBytes("akka.tcp://gaudi@127.0.0.2:4053/user/device-0#7");
        var refusedCount = 0;
        for (var i = 0; i < 3000; i++)
        {
            var bytes = (byte[])golden.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(128);
            if (Read(bytes) is null)
                refusedCount++;
        }
        output.WriteLine($"{refusedCount} refused");
        Assert.InRange(refusedCount, 1, 2999);
    }
}
