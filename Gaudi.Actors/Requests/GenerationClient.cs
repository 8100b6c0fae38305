using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Requests;

/// <summary>The engine for callers that are no actors: a bounded channel a choice. Any thread.</summary>
/// <param name="gateway">The request gateway.</param>
/// <param name="settings">How many events are kept for a slow reader.</param>
public sealed class GenerationClient(IActorRef gateway, RequestSettings settings) : IGenerationClient
{
    /// <inheritdoc />
    public void Release(string model, string key) => gateway.Tell(new ReleaseKept(model, key));

    /// <inheritdoc />
    public async IAsyncEnumerable<GenerationEvent> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var events = Channel.CreateBounded<GenerationEvent>(
            new BoundedChannelOptions(settings.EventsMax) { SingleReader = true, SingleWriter = true });
        gateway.Tell(new OpenRequest(request, events.Writer));
        var isOver = false;
        try
        {
            await foreach (var one in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                isOver = one is GenerationEvent.Finished or GenerationEvent.Refused;
                yield return one;
            }
            // A reader so slow that the ending found no room: its choice was aborted.
            if (!isOver)
                yield return new GenerationEvent.Finished(FinishReason.Abort, null);
        }
        finally
        {
            // After the ending this finds nobody; before it, the reader has gone away.
            gateway.Tell(new CloseRequest(request.RequestId, request.Choice, events.Writer));
        }
    }
}
