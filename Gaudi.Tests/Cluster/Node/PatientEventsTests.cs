using System.Threading.Channels;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class PatientEventsTests
{
    private static readonly NodeEvent Lost = new NodeEvent.WorkerLost(0, "gone", IsFinal: false);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();

    [Fact]
    public async Task Waits_that_pass_are_not_told() => Assert.Equal(
        [Group("forming"), Group("serving")],
        await ToldAsync(Group("degraded", "0 of 2"), Group("degraded", "1 of 2"), Group("forming"), Group("serving")));

    [Fact]
    public async Task A_wait_that_goes_on_is_told_once_with_its_last_reason()
    {
        _events.Writer.TryWrite(Group("degraded", "0 of 2"));
        _events.Writer.TryWrite(Group("degraded", "1 of 2"));
        await using var told = new PatientEvents(_events.Reader, Patience, new ImpatientTime()).ReadAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await told.MoveNextAsync());
        Assert.Equal(Group("degraded", "1 of 2"), told.Current);
    }

    [Fact]
    public async Task Everything_else_is_told_in_order() => Assert.Equal(
        [Lost, Group("degraded", "for good", isFinal: true), Lost],
        await ToldAsync(Lost, Group("degraded", "for good", isFinal: true), Lost));

    private static NodeEvent Group(string state, string reason = "", bool isFinal = false) =>
        new NodeEvent.GroupChanged(new ReplicaStatus("m/0", state, reason, isFinal, 1, [], [], 0, 0, 0));

    private async Task<NodeEvent[]> ToldAsync(params NodeEvent[] happened)
    {
        foreach (var one in happened)
            _events.Writer.TryWrite(one);
        _events.Writer.Complete();
        var told = new List<NodeEvent>();
        await foreach (var one in new PatientEvents(_events.Reader, Patience, TimeProvider.System).ReadAsync(CancellationToken.None))
            told.Add(one);
        return [.. told];
    }

    // Every wait is over at once.
    private sealed class ImpatientTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
