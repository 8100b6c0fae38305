using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Registry;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Actors.Registry;

/// <summary>T15, T16, T17, gap G8 with actors.</summary>
public sealed class OpRegistryActorTests : ActorTests
{
    private int _callCount;

    private PluginHost Host(Action? meanwhile = null) => new PluginWorld(new FakePlugins().General("ops", _ =>
    {
        Interlocked.Increment(ref _callCount);
        meanwhile?.Invoke();
    })).Host();

    private IActorRef Start(PluginHost host) => Sys.ActorOf(Props.Create(() => new OpRegistryActor(host)));

    private async Task<RegistrySealed> OpenAsync(IActorRef registry)
    {
        registry.Tell(new OpenRegistry(TestActor));
        return await ExpectMsgAsync<RegistrySealed>();
    }

    [Fact]
    public async Task Two_that_ask_in_one_process_share_one_load()
    {
        var registry = Start(Host());
        var (first, second) = (await OpenAsync(registry), await OpenAsync(registry));
        Assert.Same(first.Load, second.Load);
        Assert.Same(first.Table, second.Table);
        Assert.Equal(1, _callCount); // T15, R14
    }

    [Fact]
    public async Task Restarted_actor_of_one_process_does_not_load_again_and_a_new_process_does()
    {
        var host = Host();
        var first = await OpenAsync(Start(host));
        var again = await OpenAsync(Start(host)); // The same process: another actor, the same host.
        Assert.Same(first.Load, again.Load);
        Assert.Equal(1, _callCount);
        var fresh = await OpenAsync(Start(Host())); // Another process.
        Assert.Equal(2, _callCount); // T16, R19
        Assert.NotSame(first.Load, fresh.Load);
        Assert.Equal(first.Table.Digest, fresh.Table.Digest); // T17, G8
    }

    [Fact]
    public async Task Lookups_are_answered_while_plugins_load_and_after()
    {
        using var loading = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var registry = Start(Host(() =>
        {
            loading.Set();
            mayGoOn.Wait(TimeSpan.FromSeconds(20));
        }));
        registry.Tell(new OpenRegistry(TestActor));
        Assert.True(loading.Wait(TimeSpan.FromSeconds(20)));
        registry.Tell(new LookUpOp("ProbeOp", TestActor));
        Assert.Equal("the registry is still open: plugins are loading", (await ExpectMsgAsync<OpMissing>()).Reason);
        registry.Tell(new GetOpReport(TestActor));
        Assert.Null((await ExpectMsgAsync<OpReported>()).Report);
        mayGoOn.Set();
        var digest = (await ExpectMsgAsync<RegistrySealed>()).Table.Digest;

        registry.Tell(new LookUpOp("ProbeOp", TestActor));
        Assert.Equal(("ProbeOp", digest), await ExpectMsgAsync<OpFound>() is var found ? (found.Op.Name, found.Digest) : default);
        registry.Tell(new LookUpOp("NoSuchOp", TestActor));
        Assert.Equal("op `NoSuchOp` is not registered; registered: OtherOp, ProbeOp", (await ExpectMsgAsync<OpMissing>()).Reason);
        registry.Tell(new GetOpReport(TestActor));
        Assert.Equal(["OtherOp", "ProbeOp"], (await ExpectMsgAsync<OpReported>()).Report!.Ops.Select(op => op.Name));
    }

    [Fact]
    public async Task Plugin_that_must_stop_the_worker_is_answered_as_a_failure_with_its_rows()
    {
        var world = new PluginWorld(new FakePlugins().General("bad", _ => throw new InvalidOperationException("no such card")))
        {
            OnFailure = PluginFailurePolicy.Stop,
        };
        var registry = Start(world.Host());
        registry.Tell(new OpenRegistry(TestActor));
        var failed = await ExpectMsgAsync<RegistryFailed>();
        Assert.Contains("no such card", failed.Reason, StringComparison.Ordinal);
        Assert.Equal("failed", Assert.Single(failed.Plugins).Outcome);
        registry.Tell(new LookUpOp("ProbeOp", TestActor));
        Assert.Equal(failed.Reason, (await ExpectMsgAsync<OpMissing>()).Reason);
    }
}
