using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Serialization;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Node;
using Gaudi.Cluster.Security;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Security;

/// <summary>Who may talk to a member: real remoting between actor systems of this process.</summary>
public sealed class RemotingTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-cert-").FullName;
    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(system => system.Terminate()));
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Members_that_pin_each_other_talk()
    {
        var (one, two) = (Folder("one"), Folder("two"));
        Trust(one, two);
        Trust(two, one);
        var server = Start(one);
        Assert.Equal("akka.ssl.tcp", Address(server).Protocol);
        Assert.Equal(new WorkerAccepted("here"), await AskAsync(Start(two), server));
    }

    [Fact]
    public async Task Peer_with_another_certificate_gets_nowhere_and_is_logged()
    {
        var (one, stranger) = (Folder("one"), Folder("stranger"));
        Trust(stranger, one); // It believes us, and we do not believe it.
        var server = Start(one);
        var warnings = Warnings(server, typeof(RemotingTls));
        var asked = AskAsync(Start(stranger), server);
        var warning = await warnings.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.Contains("expected one of 1 pinned certificates, came ", warning, StringComparison.Ordinal);
        Assert.Contains(ClusterCertificates.Read(stranger).Pins.Single(pin => !ClusterCertificates.Read(one).Pins.Contains(pin)), warning,
            StringComparison.Ordinal);
        Assert.False(asked.IsCompletedSuccessfully);
        // Those who are believed are heard as before.
        Assert.Equal(new WorkerAccepted("here"), await AskAsync(Start(one), server));
        Assert.False(asked.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Member_does_not_speak_to_a_server_that_it_does_not_pin()
    {
        var (one, stranger) = (Folder("one"), Folder("stranger"));
        Trust(stranger, one);
        var client = Start(one);
        var warnings = Warnings(client, typeof(RemotingTls));
        var asked = AskAsync(client, Start(stranger));
        await warnings.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.False(asked.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Peer_without_tls_gets_nowhere()
    {
        var server = Start(Folder("one"));
        var plain = Start("");
        var address = Address(server).WithProtocol("akka.tcp");
        var asked = AskAsync(plain, server, address);
        Assert.Equal(new WorkerAccepted("here"), await AskAsync(Start(Path.Combine(_folder, "one")), server));
        Assert.False(asked.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Message_with_an_unknown_manifest_is_logged_and_its_connection_lives()
    {
        var (server, client) = (Start(""), Start("", Foreign));
        Assert.Equal(new WorkerAccepted("here"), await AskAsync(client, server));
        var lines = Warnings(server, null);
        Selection(client, server, Address(server)).Tell(new Unknown());
        Assert.Equal(
            "EndpointReader: warning: refused a message from another process: unknown wire manifest `Unknown9`: is the peer of another version?",
            await lines.Reader.ReadAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(new WorkerAccepted("here"), await AskAsync(client, server));
    }

    [Fact]
    public void No_serializer_makes_types_or_actors_that_a_sender_names()
    {
        var serialization = Start("").Serialization;
        // 1: Newtonsoft's JSON, which reads type names; 3: creations of actors by remote deployment.
        foreach (var number in new[] { 1, 3 })
        {
            var problem = Assert.ThrowsAny<Exception>(() => serialization.Deserialize("{}"u8.ToArray(), number, "System.Object"));
            Assert.True(problem is System.Runtime.Serialization.SerializationException or KeyNotFoundException, problem.ToString());
        }
    }

    private static string Foreign => $$"""
        akka.actor {
          serializers.foreign = "{{typeof(ForeignSerializer).AssemblyQualifiedName}}"
          serialization-bindings { "{{typeof(Unknown).AssemblyQualifiedName}}" = foreign }
        }
        """;

    private static Address Address(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    private static ActorSelection Selection(ActorSystem from, ActorSystem to, Address address)
    {
        Assert.NotSame(from, to);
        return from.ActorSelection(new RootActorPath(address) / "user" / "device");
    }

    private static Task<WorkerAccepted> AskAsync(ActorSystem client, ActorSystem server, Address? address = null)
    {
        var heard = new TaskCompletionSource<WorkerAccepted>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = client.ActorOf(Props.Create(() => new Listener(heard)));
        Selection(client, server, address ?? Address(server)).Tell(new GetWorkerReport(listener), listener);
        return heard.Task.WaitAsync(Patience);
    }

    private static System.Threading.Channels.Channel<string> Warnings(ActorSystem system, Type? origin)
    {
        var lines = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var listener = system.ActorOf(Props.Create(() => new LogListener(lines.Writer, origin)));
        system.EventStream.Subscribe(listener, typeof(Warning));
        system.EventStream.Subscribe(listener, typeof(Error));
        return lines;
    }

    private static void Trust(string folder, string other) => File.Copy(
        Path.Combine(other, ClusterCertificates.OwnFile),
        Path.Combine(folder, ClusterCertificates.TrustedFolder, Path.GetFileName(other) + ".pem"));

    private string Folder(string name)
    {
        var folder = Path.Combine(_folder, name);
        CertificateMaker.Make(folder, name, TimeProvider.System.GetUtcNow());
        return folder;
    }

    private ActorSystem Start(string certificates, string overrides = "")
    {
        var settings = ConfigurationFactory.ParseString($"{RemotingTls.Setting} = \"{certificates}\"\n{overrides}")
            .WithFallback(Given.Reference);
        var system = GaudiSystem.Start(settings, "127.0.0.1", 0, GaudiSystem.CardRole);
        _systems.Add(system);
        system.ActorOf(Props.Create(() => new Answering()), "device");
        return system;
    }

    /// <summary>A message that no peer of ours knows.</summary>
    internal sealed record Unknown;

    /// <summary>Writes as the wire serializer would, under a manifest that it does not have.</summary>
    internal sealed class ForeignSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 4711;

        public override string Manifest(object o) => "Unknown9";

        public override byte[] ToBinary(object obj) => [1, 2, 3];

        public override object FromBinary(byte[] bytes, string manifest) =>
            new Gaudi.Cluster.Wire.GaudiWireSerializer(system).FromBinary(bytes, manifest);
    }

    private sealed class Answering : ReceiveActor
    {
        public Answering() => Receive<GetWorkerReport>(get => get.ReplyTo.Tell(new WorkerAccepted("here")));
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(TaskCompletionSource<WorkerAccepted> heard) => Receive<WorkerAccepted>(accepted => heard.TrySetResult(accepted));
    }

    private sealed class LogListener : ReceiveActor
    {
        public LogListener(System.Threading.Channels.ChannelWriter<string> lines, Type? origin) => Receive<LogEvent>(
            line => origin is null || line.LogClass == origin,
            line => lines.TryWrite(
                $"{line.LogClass.Name}: {StderrLogger.Line(line.LogLevel(), line.LogClass, $"{line.Message}", line.Cause)}"));
    }
}
