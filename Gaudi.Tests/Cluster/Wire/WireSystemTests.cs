using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Wire;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>The wire as an actor system uses it, with the bindings of hocon/reference.conf.</summary>
public sealed class WireSystemTests : ActorTests
{
    private static IEnumerable<Type> Concrete(Type contract) =>
        new[] { typeof(IWireMessage).Assembly, typeof(WireTable).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(contract));

    private IActorRef Peer => ((ExtendedActorSystem)Sys).Provider.ResolveActorRef("akka://gaudi/user/peer");

    [Fact]
    public void Every_wire_message_is_bound_to_the_wire_serializer()
    {
        Assert.All(
            Concrete(typeof(IWireMessage)),
            type => Assert.IsType<GaudiWireSerializer>(Sys.Serialization.FindSerializerForType(type)));
        Assert.NotEmpty(Concrete(typeof(IWireMessage)));
    }

    [Fact]
    public void Manifest_is_the_name_of_its_message_and_one_digit() => Assert.All(
        WireTable.Entries, entry => Assert.Matches($@"^{entry.Type.Name}\d$", entry.Manifest));

    [Fact]
    public void Message_found_by_number_and_manifest_alone_is_the_one_that_was_sent()
    {
        foreach (var message in WireSamples.All(Peer))
        {
            var sender = Sys.Serialization.FindSerializerFor(message);
            var bytes = Sys.Serialization.Serialize(message);
            var received = Sys.Serialization.Deserialize(bytes, sender.Identifier, Serialization.ManifestFor(sender, message));
            Assert.Equal(Fields.Of(message), Fields.Of(received));
            Assert.Equal(bytes, Sys.Serialization.Serialize(received));
        }
    }

    [Fact]
    public async Task Actor_tells_every_message_to_another_that_serialises_them()
    {
        var probe = CreateTestProbe();
        var relay = Sys.ActorOf(Props.Create(() => new Relay(probe.Ref)));
        foreach (var message in WireSamples.All(Peer))
        {
            relay.Tell(message);
            var received = await probe.ExpectMsgAsync<IWireMessage>();
            Assert.NotSame(message, received);
            Assert.Equal(Fields.Of(message), Fields.Of(received));
        }
    }

    [Fact]
    public void Local_message_is_refused_by_every_door()
    {
        var wire = new GaudiWireSerializer((ExtendedActorSystem)Sys);
        foreach (var type in Concrete(typeof(ILocalMessage)))
        {
            Assert.False(type.IsAssignableTo(typeof(IWireMessage)), $"{type.Name} is both local and of the wire");
            var message = RuntimeHelpers.GetUninitializedObject(type);
            var bound = Assert.IsType<RefusingSerializer>(Sys.Serialization.FindSerializerFor(message));
            Assert.Throws<SerializationException>(() => bound.ToBinary(message));
            Assert.Throws<SerializationException>(() => wire.ToBinary(message));
            Assert.Throws<SerializationException>(() => wire.Manifest(message));
        }
        Assert.NotEmpty(Concrete(typeof(ILocalMessage)));
    }

    [Fact]
    public void Refusing_serializer_refuses_whatever_way_it_is_asked()
    {
        var refusing = new RefusingSerializer((ExtendedActorSystem)Sys);
        Assert.Throws<SerializationException>(() => refusing.Manifest(new Stranger(1)));
        Assert.Throws<SerializationException>(() => refusing.ToBinary(new Stranger(1)));
        Assert.Throws<SerializationException>(() => refusing.FromBinary([1], "System.Object"));
        Assert.Throws<SerializationException>(() => refusing.FromBinary([1], typeof(Stranger)));
        Assert.Throws<SerializationException>(() => Sys.Serialization.Serialize(new Stranger(1)));
    }

    [Fact]
    public void Json_of_a_peer_is_not_read()
    {
        var bytes = """{"$type":"Gaudi.Actors.Protocols.CommitGroup, Gaudi.Actors","GroupId":"g","Epoch":1}"""u8.ToArray();
        var refusing = Sys.Serialization.FindSerializerForType(typeof(object));
        Assert.IsType<RefusingSerializer>(refusing);
        foreach (var manifest in new[] { "", typeof(CommitGroup).AssemblyQualifiedName!, "System.Object, System.Private.CoreLib" })
        {
            Assert.Throws<SerializationException>(() => Sys.Serialization.Deserialize(bytes, refusing.Identifier, manifest));
            Assert.Throws<SerializationException>(() => Sys.Serialization.Deserialize(bytes, 4711, manifest));
        }
    }

    [Fact]
    public void Serializer_number_nobody_has_is_refused() =>
        Assert.Throws<SerializationException>(() => Sys.Serialization.Deserialize([1], 4713, "RunStep2"));

    private sealed record Stranger(int Number);

    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef next) => Receive<IWireMessage>(next.Tell);
    }
}
