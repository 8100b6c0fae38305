using System.Collections.Immutable;
using System.Diagnostics;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

public sealed class InProcessCollectiveTests : CollectiveLaws
{
    private readonly InProcessCollectiveHub _hub = new();

    internal override IReadOnlyList<ICollective> Connect(int worldSize, long epoch) =>
        [.. Enumerable.Range(0, worldSize).Select(rank => _hub.Join(rank, worldSize, epoch))];

    [Fact]
    public async Task Stale_epoch_is_refused_and_a_newer_one_ends_the_older()
    {
        var old = Connect(2, 4);
        var blocked = RankThreads.Start(() => { old[0].Barrier(); return 0; });
        var fresh = Connect(2, 5);
        var freed = await Assert.ThrowsAsync<CollectiveAbortedException>(() => blocked);
        Assert.Equal((4, "epoch 5 replaced it"), (freed.Epoch, freed.Reason));
        var stale = Assert.Throws<CollectiveAbortedException>(() => _hub.Join(1, 2, 4));
        Assert.Contains("group '' is at epoch 5", stale.Message);
        RankThreads.Run(fresh, rank => { rank.Barrier(); return 0; });
    }

    [Fact]
    public void Taken_rank_and_other_world_size_are_refused()
    {
        _hub.Join(0, 2, 1);
        Assert.Contains("rank 0 is already in the group", Refusal(() => _hub.Join(0, 2, 1)));
        Assert.Contains("world size 3, the group was made with 2", Refusal(() => _hub.Join(1, 3, 1)));
    }

    [Fact]
    public async Task Connect_returns_when_every_rank_is_there()
    {
        var first = RankThreads.Start(() => _hub.Connect(Address(0, 1), CancellationToken.None));
        Assert.False(first.IsCompleted);
        using var second = _hub.Connect(Address(1, 1), CancellationToken.None);
        using var other = await first;
        Assert.Equal((0, 2, 1L), (other.Rank, other.WorldSize, other.Epoch));
    }

    [Fact]
    public async Task Connect_is_freed_by_cancelling()
    {
        var rounds = new List<TimeSpan>();
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            using var abort = new CancellationTokenSource();
            using var armed = new CountdownEvent(1);
            var address = Address(0, epoch);
            var connecting = FreedCall.Start(armed, () => _hub.Connect(address, abort.Token));
            armed.Wait();
            Thread.SpinWait(epoch * 20_000);
            var start = Stopwatch.GetTimestamp();
            abort.Cancel();
            var freed = await connecting;
            rounds.Add(Stopwatch.GetElapsedTime(start, freed.At));
            Assert.Contains("cancelled while ranks 1 had not joined", freed.Error.Message);
        }
        FreedCall.AssertFast(rounds);
    }

    [Fact]
    public void Connect_gives_up_at_its_deadline_and_names_who_is_missing()
    {
        var hub = new InProcessCollectiveHub(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        Assert.Contains(
            "rank 1 waited 0.03 s while ranks 0 had not joined",
            Refusal(() => hub.Connect(Address(1, 1), CancellationToken.None)));
    }

    [Fact]
    public void Groups_do_not_see_each_other()
    {
        var a = Address(0, 9) with { GroupId = "a", Endpoints = ["x"] };
        using var one = _hub.Connect(a, CancellationToken.None);
        using var two = _hub.Connect(a with { GroupId = "b", Epoch = 1 }, CancellationToken.None);
        one.Barrier();
        two.Barrier();
    }

    private static string Refusal(Func<ICollective> join) => Assert.Throws<CollectiveAbortedException>(join).Message;

    private static GroupAddress Address(int rank, long epoch) =>
        new("group", epoch, rank, ImmutableArray.Create("in-process", "in-process"), "token");
}
