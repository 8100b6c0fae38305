using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Actors.Settings;

/// <summary>HOCON takes a key with a typing error without a word: what we say to Akka must be something it listens to.</summary>
public sealed class AkkaKeysTests
{
    private static readonly (string Resource, Type Assembly)[] References =
    [
        ("Akka.Configuration.akka.conf", typeof(ActorSystem)),
        ("Akka.Remote.Configuration.Remote.conf", typeof(Akka.Remote.IRemoteActorRefProvider)),
        ("Akka.Cluster.Configuration.Cluster.conf", typeof(Akka.Cluster.Cluster)),
        ("Akka.Cluster.Sharding.reference.conf", typeof(Akka.Cluster.Sharding.ClusterSharding)),
        ("Akka.Cluster.Tools.Singleton.reference.conf", typeof(Akka.Cluster.Tools.Singleton.ClusterSingletonManager)),
        ("Akka.DistributedData.reference.conf", typeof(Akka.DistributedData.DistributedData)),
    ];

    // Maps whose keys are ours to choose.
    private static readonly string[] OurOwn = ["akka.actor.serializers.", "akka.actor.serialization-bindings."];

    private static Config AkkaReference { get; } = References
        .Select(one => ConfigurationFactory.FromResource(one.Resource, one.Assembly.Assembly))
        .Aggregate((all, next) => all.WithFallback(next));

    private static IEnumerable<string> Leaves(HoconValue value, string path) => value.IsObject()
        ? value.GetObject().Items.SelectMany(entry => Leaves(entry.Value, $"{path}.{Quoted(entry.Key)}"))
        : [path];

    private static string Quoted(string key) =>
        key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-') ? key : $"\"{key}\"";

    private static IEnumerable<string> Unknown(Config config) => Leaves(config.GetValue("akka"), "akka")
        .Where(key => !OurOwn.Any(key.StartsWith) && !AkkaReference.HasPath(key))
        .Order(StringComparer.Ordinal);

    [Fact]
    public void Every_akka_key_of_the_reference_is_one_that_akka_reads() => Assert.Equal([], Unknown(Given.Reference));

    [Fact]
    public async Task Every_akka_key_of_a_running_member_is_one_that_akka_reads()
    {
        var system = GaudiSystem.Start(Given.Reference, "127.0.0.1", 0, GaudiSystem.EngineRole);
        Assert.Equal([], Unknown(system.Settings.Config));
        await system.Terminate();
    }

    [Fact]
    public void Akka_key_with_a_typing_error_is_found() => Assert.Equal(
        ["akka.cluster.gosip-interval"],
        Unknown(ConfigurationFactory.ParseString("akka.cluster { gosip-interval = 1s, gossip-interval = 1s }")));

    [Fact]
    public void Dispatcher_of_the_cards_can_be_made()
    {
        using var system = ActorSystem.Create("gaudi", Given.Reference);
        Assert.Equal("PinnedDispatcher", system.Dispatchers.Lookup(Given.Settings().Workers.Dispatcher).GetType().Name);
    }
}
