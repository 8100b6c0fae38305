using Akka.Actor;
using Akka.Configuration;
using Gaudi.Cluster.Membership;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Actors.Settings;

/// <summary>HOCON takes a key with a typing error without a word: what we say to Akka must be something it listens to.</summary>
public sealed class AkkaKeysTests
{
    // Akka's alone: our own defaults are what is checked.
    private static IEnumerable<string> Unknown(Config config) => AkkaKeys.Problems(config, Config.Empty);

    [Fact]
    public void Every_akka_key_of_the_reference_is_one_that_akka_reads() => Assert.Equal([], Unknown(Given.Reference));

    [Fact]
    public async Task Every_akka_key_of_a_running_member_is_one_that_akka_reads()
    {
        var system = GaudiSystem.Start(Given.Reference, "127.0.0.1", 0, GaudiSystem.EngineRole);
        Assert.Equal([], Unknown(system.Settings.Config));
        await system.Terminate();
    }

    [Theory]
    [InlineData("akka.cluster { gosip-interval = 1s, gossip-interval = 1s }", "akka.cluster.gosip-interval is no key that Akka reads")]
    [InlineData("akka.log-level = DEBUG", "akka.log-level is no key that Akka reads")]
    [InlineData("akka.remote.helios.tcp.port = 1", "akka.remote.helios.tcp.port is no key that Akka reads")]
    [InlineData("akka.loglevel { of = everything }", "akka.loglevel.of is no key that Akka reads")]
    [InlineData("akka.\"\" = 1", "akka.\"\" is no key that Akka reads")]
    [InlineData("akka.\"cluster.gossip-interval\" = 1s", "akka.\"cluster.gossip-interval\" is no key that Akka reads")]
    [InlineData("akka.cluster = 5", "akka.cluster is a block of keys, not one value")]
    [InlineData("akka = 5", "akka is a block of keys, not one value")]
    public void Akka_key_that_nothing_reads_is_found(string said, string problem) => Assert.StartsWith(
        problem, Assert.Single(AkkaKeys.Problems(ConfigurationFactory.ParseString(said), Given.Reference)), StringComparison.Ordinal);

    [Theory]
    [InlineData("akka.loglevel = DEBUG")]
    [InlineData("akka.loggers = [a]")]
    [InlineData("akka.actor.deployment { \"/a/b\" { router = round-robin-pool } }")]
    [InlineData("akka.actor.serializers.mine = \"A, b\"")]
    [InlineData("akka.actor.default-dispatcher { fork-join-executor.parallelism-max = 2, odd-key-of-its-type = 1 }")]
    [InlineData("akka.cluster { role.engine.min-nr-of-members = 2, gossip-interval = 1s }")]
    [InlineData("akka.cluster.sharding { rebalance-interval = 1s, distributed-data.durable.keys = [] }")]
    [InlineData("akka.coordinated-shutdown.phases.mine.timeout = 1s")]
    [InlineData("akka {}")]
    [InlineData("gaudi.model.dtype = auto")]
    public void Key_that_akka_reads_and_name_of_ones_own_are_taken(string said) =>
        Assert.Equal([], AkkaKeys.Problems(ConfigurationFactory.ParseString(said), Given.Reference));

    [Fact]
    public void Dispatcher_of_the_cards_can_be_made()
    {
        using var system = ActorSystem.Create("gaudi", Given.Reference);
        Assert.Equal("PinnedDispatcher", system.Dispatchers.Lookup(Given.Settings().Workers.Dispatcher).GetType().Name);
    }
}
