using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Membership;
using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Faults;

/// <summary>A file cuts members off from each other, and only where the settings allow it.</summary>
public sealed class PartitionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-partition-").FullName;
    private readonly List<ActorSystem> _systems = [];

    [Fact]
    public async Task Members_lose_each_other_while_the_file_names_them_and_find_each_other_again()
    {
        var first = Start("127.0.0.1");
        var second = Start("127.0.0.2");
        await new ClusterMembership(first).StartOwnAsync(CancellationToken.None).WaitAsync(Patience);
        var seed = Akka.Cluster.Cluster.Get(first).SelfAddress;
        Assert.Equal("akka.trttl.tcp", seed.Protocol);
        await new ClusterMembership(second).JoinAsync([seed], CancellationToken.None).WaitAsync(Patience);

        Cut("127.0.0.2");
        await SeenAsync(first, isReachable: false);
        await SeenAsync(second, isReachable: false); // One side's file is enough: it cuts both ways.
        Cut("");
        await SeenAsync(first, isReachable: true);
        await SeenAsync(second, isReachable: true);
    }

    [Fact]
    public void Without_the_switch_there_is_no_throttle_and_its_settings_are_refused()
    {
        var system = GaudiSystem.Start(Given.Reference, "127.0.0.1", 0, GaudiSystem.CardRole);
        _systems.Add(system);
        Assert.Equal("akka.tcp", Akka.Cluster.Cluster.Get(system).SelfAddress.Protocol);
        var refused = Assert.Throws<SettingsException>(() => Given.Settings(
            "gaudi.faults { partition-file = \"/tmp/x\", lane-proxy = \"127.0.0.1:7001\" }"));
        Assert.Contains("gaudi.faults.partition-file = /tmp/x: allowed is nothing while gaudi.faults.enabled is off", refused.Message, StringComparison.Ordinal);
        Assert.Contains("gaudi.faults.lane-proxy = 127.0.0.1:7001: allowed is nothing while", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("127.0.0.1")]
    public void A_proxy_needs_an_address_and_a_port(string proxy)
    {
        var refused = Assert.Throws<SettingsException>(() => Given.Settings($"gaudi.faults {{ enabled = on, lane-proxy = \"{proxy}\" }}"));
        Assert.Contains("an address and a port, such as 127.0.0.1:7001", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Task.WhenAll(_systems.Select(system => system.Terminate())).Wait(Patience);
        Directory.Delete(_folder, recursive: true);
    }

    private ActorSystem Start(string host)
    {
        // Nobody is put out: this is about hearing, not about deciding.
        var settings = ConfigurationFactory.ParseString(
            $$"""
            gaudi.faults { enabled = on, partition-poll-ms = 20, partition-file = "{{FileOf(host)}}" }
            akka.cluster.split-brain-resolver { stable-after = 60s, down-all-when-unstable = off }
            """).WithFallback(Given.Reference);
        var system = GaudiSystem.Start(settings, host, 0, GaudiSystem.EngineRole);
        _systems.Add(system);
        new ClusterMembership(system).AllowPartitions(GaudiSettings.Load(settings).Faults);
        return system;
    }

    private string FileOf(string host) => Path.Combine(_folder, host);

    private void Cut(string host) => File.WriteAllText(FileOf("127.0.0.1"), host);

    private static Task SeenAsync(ActorSystem system, bool isReachable)
    {
        var state = Akka.Cluster.Cluster.Get(system);
        return Eventually.ReadAsync(
            () => Task.FromResult(state.State.Members.Count == 2 && state.State.Unreachable.IsEmpty), seen => seen == isReachable, Patience);
    }
}
