using System.Runtime.CompilerServices;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Text;
using Gaudi.Cluster.Http.Metrics;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Runs one choice on the engine and tells its text. A stop string cancels the engine's work at once; so do the
/// client's leaving and the server's stop, of which the latter ends the choice with reason abort.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tokenizer">Of the served model.</param>
/// <param name="retryAfterSeconds">For refusals that bring no time of their own.</param>
/// <param name="metrics">Counts and times.</param>
/// <param name="time">Measures.</param>
/// <param name="stopping">The server stops.</param>
internal sealed class CompletionStream(
    IGenerationClient client, Tokenizer tokenizer, int retryAfterSeconds, RequestMetrics metrics, TimeProvider time,
    CancellationToken stopping)
{
    /// <summary>One choice from its start to its end.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async IAsyncEnumerable<ChoiceEvent> RunAsync(
        ChoicePlan plan, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        await using var events = client.GenerateAsync(plan.Request, ending.Token).GetAsyncEnumerator(ending.Token);
        using var watch = new ChoiceWatch(metrics, time, plan);
        var text = new ChoiceText(plan, tokenizer);
        var isStarted = false;
        while (true)
        {
            var next = await NextAsync(events, cancellation);
            if (next is GenerationEvent.Refused refused)
            {
                watch.Refuse(refused.Kind);
                yield return new ChoiceEvent.Refused(plan.Index, ApiError.Of(refused, retryAfterSeconds));
                yield break;
            }
            if (!isStarted)
                yield return new ChoiceEvent.Started(plan.Index, CachedTokenCount(next));
            isStarted = true;
            if (next is GenerationEvent.PromptScored scored)
            {
                yield return new ChoiceEvent.Scored(plan.Index, scored.Scores);
                continue;
            }
            if (next is GenerationEvent.Finished finished)
            {
                var ended = text.End(plan.IsPromptAlone ? WithoutToken(finished) : finished);
                watch.End(ended.Reason);
                yield return ended;
                yield break;
            }
            if (plan.IsPromptAlone)
                continue;
            watch.Take((GenerationEvent.Token)next);
            if (text.Push((GenerationEvent.Token)next) is not { } grown)
                continue;
            if (grown is ChoiceEvent.Ended stopped)
            {
                watch.End(stopped.Reason);
                await ending.CancelAsync();
            }
            yield return grown;
            if (grown is ChoiceEvent.Ended)
                yield break;
        }
    }

    // However the dropped token ended the engine's work, no token was allowed, so the length ended the choice.
    private static GenerationEvent.Finished WithoutToken(GenerationEvent.Finished finished) => finished.Reason == FinishReason.Abort
        ? finished
        : finished with { Reason = FinishReason.Length, StopTokenId = null };

    private static int CachedTokenCount(GenerationEvent first) => first switch
    {
        GenerationEvent.Token token => token.CachedTokenCount,
        GenerationEvent.Finished finished => finished.CachedTokenCount,
        _ => 0, // A prompt that is scored is computed whole.
    };

    private async ValueTask<GenerationEvent> NextAsync(
        IAsyncEnumerator<GenerationEvent> events, CancellationToken cancellation)
    {
        try
        {
            if (await events.MoveNextAsync())
                return events.Current;
            cancellation.ThrowIfCancellationRequested();
            return stopping.IsCancellationRequested
                ? new GenerationEvent.Finished(FinishReason.Abort, null)
                : throw new InvalidOperationException("the engine ended a choice without saying how");
        }
        catch (OperationCanceledException)
            when (stopping.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new GenerationEvent.Finished(FinishReason.Abort, null);
        }
    }
}
