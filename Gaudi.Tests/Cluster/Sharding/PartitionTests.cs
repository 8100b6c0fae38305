using System.Diagnostics;
using Gaudi.Actors.Requests;
using Gaudi.Tests.Actors;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Sharding;

/// <summary>A network that breaks in two (T49): exactly one side serves, the other stops. Nodes come and go.</summary>
[Collection(ProcessTests.Name)]
public sealed class PartitionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Most nodes decide; of two equal sides the one with the lowest address stays. Three clusters beside each other, because they
    /// wait for their failure detectors most of the time.
    /// </summary>
    [Fact]
    public Task Of_two_sides_exactly_one_serves() => Task.WhenAll(
        ExactlyOneServesAsync(2, 2, isFirst: true), ExactlyOneServesAsync(1, 3, isFirst: false), ExactlyOneServesAsync(3, 2, isFirst: true));

    private async Task ExactlyOneServesAsync(int first, int second, bool isFirst)
    {
        await using var nodes = new NodesInOneProcess();
        for (var i = 0; i < first + second; i++)
            await nodes.AddAsync();
        await AnswersAsync(nodes.Nodes[0], "before");

        var (staying, leaving) = isFirst
            ? (nodes.Nodes.Take(first).ToList(), nodes.Nodes.Skip(first).ToList())
            : (nodes.Nodes.Skip(first).ToList(), nodes.Nodes.Take(first).ToList());
        var clock = Stopwatch.StartNew();
        nodes.CutAfter(first);
        await Task.WhenAll(leaving.Select(node => node.System.WhenTerminated)).WaitAsync(Patience);
        output.WriteLine($"{first} | {second}: the other side has stopped after {clock.Elapsed.TotalSeconds:0.0} s");
        await Task.WhenAll(staying.Select((node, index) => AnswersAsync(node, $"after {index}")));
        output.WriteLine($"{first} | {second}: every node of one side serves after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal(1, nodes.ServingMax);
        Assert.All(staying, node => Assert.False(node.System.WhenTerminated.IsCompleted));
    }

    [Fact]
    public async Task A_node_that_says_goodbye_hands_its_replica_over_and_streams_go_on()
    {
        await using var nodes = new NodesInOneProcess();
        var first = await nodes.AddAsync();
        await AnswersAsync(first, "before");
        var second = await nodes.AddAsync();
        await nodes.AddAsync();
        await first.Membership.LeaveAsync(Patience);
        await AnswersAsync(second, "after");
        await AnswersAsync(nodes.Nodes[2], "there too");
    }

    // A replica that is being formed refuses new work: it is asked until it serves.
    private static async Task AnswersAsync(NodesInOneProcess.OneNode node, string id)
    {
        var request = Given.Request(id, [1, 2, 3], 10);
        var attempt = 0;
        var events = await Eventually.ReadAsync(
            () => node.RunAsync(request with { RequestId = $"{id} {attempt++}" }),
            events => events[^1] is not GenerationEvent.Refused { Kind: RefusalKind.Unavailable }, Patience);
        Assert.Equal(
            FakeModel.Continue(request.PromptTokenIds, request.TokensMax),
            events.OfType<GenerationEvent.Token>().Select(token => token.TokenId));
        Assert.IsType<GenerationEvent.Finished>(events[^1]);
    }
}
