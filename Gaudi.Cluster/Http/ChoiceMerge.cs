using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Gaudi.Cluster.Http;

/// <summary>The events of several choices as they come; those of one choice keep their order.</summary>
internal static class ChoiceMerge
{
    /// <summary>
    /// Starts every choice, in order of index, and passes on their events. Leaving early cancels all of them.
    /// </summary>
    public static async IAsyncEnumerable<ChoiceEvent> RunAsync(
        CompletionStream stream, ImmutableArray<ChoicePlan> plans,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Room for one event of each: a client that reads slowly holds the choices back, not our memory.
        var channel = Channel.CreateBounded<ChoiceEvent>(
            new BoundedChannelOptions(plans.Length) { SingleReader = true });
        var running = RunAllAsync(stream, plans, channel.Writer, ending.Token);
        try
        {
            await foreach (var next in channel.Reader.ReadAllAsync(cancellation))
            {
                yield return next;
            }
        }
        finally
        {
            await ending.CancelAsync();
            await running;
        }
    }

    private static async Task RunAllAsync(
        CompletionStream stream, ImmutableArray<ChoicePlan> plans, ChannelWriter<ChoiceEvent> events,
        CancellationToken cancellation)
    {
        await Task.WhenAll(plans.Select(plan => RunOneAsync(stream, plan, events, cancellation)));
        events.TryComplete();
    }

    /// <summary>
    /// Never throws: the first failure reaches the reader through the channel, and ends the others' writing.
    /// </summary>
    private static async Task RunOneAsync(
        CompletionStream stream, ChoicePlan plan, ChannelWriter<ChoiceEvent> events, CancellationToken cancellation)
    {
        try
        {
            await foreach (var next in stream.RunAsync(plan, cancellation))
            {
                await events.WriteAsync(next, cancellation);
            }
        }
        catch (Exception failure)
        {
            events.TryComplete(failure);
        }
    }
}
