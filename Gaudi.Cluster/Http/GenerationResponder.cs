using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Cluster.Http.Metrics;
using Gaudi.Hpu;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Http;

/// <summary>Runs a plan and sends its answer, whole or streamed.</summary>
internal sealed class GenerationResponder(
    CompletionStream stream, HttpServerSettings settings, RequestMetrics metrics, TimeProvider time, ILogger log)
{
    /// <summary>Returns when the answer is sent; the client's leaving cancels every choice.</summary>
    /// <exception cref="ApiException">A choice was refused before anything was sent.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task RespondAsync(HttpContext http, GenerationPlan plan, AnswerForm form)
    {
        metrics.ChoiceCount.Observe(plan.Fields.ChoiceCount);
        await using var events = ChoiceMerge.RunAsync(stream, plan.Choices, http.RequestAborted)
            .GetAsyncEnumerator(http.RequestAborted);
        if (plan.Fields.Stream.IsStreamed)
            await SendFramesAsync(http, plan, form, events);
        else
            await SendWholeAsync(http, plan, form, events);
    }

    // The first refusal ends the request, so it is counted once.
    private ApiException Refusal(ChoiceEvent.Refused refused)
    {
        metrics.Refused(refused.Error);
        return new ApiException(refused.Error);
    }

    private async Task SendWholeAsync(
        HttpContext http, GenerationPlan plan, AnswerForm form, IAsyncEnumerator<ChoiceEvent> events)
    {
        ImmutableArray<ChoiceTally> tallies = [.. plan.Choices.Select(_ => new ChoiceTally())];
        var usage = new UsageTally(plan);
        while (await events.MoveNextAsync())
        {
            usage.Add(events.Current);
            switch (events.Current)
            {
                case ChoiceEvent.Refused refused: throw Refusal(refused);
                case ChoiceEvent.Scored scored: form.Add(scored); break;
                case ChoiceEvent.Grew grew: tallies[grew.Index].Add(grew); break;
                case ChoiceEvent.Ended ended: tallies[ended.Index].Add(ended); break;
            }
        }
        metrics.LongestAnswer.Observe(tallies.Max(tally => tally.Tokens.Length));
        await JsonAnswer.SendAsync(http, StatusCodes.Status200OK, form.Whole(tallies, usage.Usage));
    }

    private async Task SendFramesAsync(
        HttpContext http, GenerationPlan plan, AnswerForm form, IAsyncEnumerator<ChoiceEvent> events)
    {
        // The status is decided by the first event: what is refused at once gets an HTTP error, as without streaming.
        Invariant.That(await events.MoveNextAsync(), "a choice ended without an event");
        if (events.Current is ChoiceEvent.Refused refused)
            throw Refusal(refused);
        var frames = EventStream.Begin(http, TimeSpan.FromMilliseconds(settings.StallTimeoutMs), time);
        try
        {
            await SendFramesAsync(frames, plan, form, events);
        }
        catch (ApiException failure)
        {
            await frames.SendAsync(JsonAnswer.Of(failure.Error));
        }
        catch (Exception failure) when (!http.RequestAborted.IsCancellationRequested)
        {
            log.LogError(failure, "Request {Id} failed while its answer was streamed", plan.AnswerId);
            await frames.SendAsync(JsonAnswer.Of(ApiError.Internal(RequestIdentity.Current(http).Shown)));
        }
        await frames.EndAsync();
    }

    private async Task SendFramesAsync(
        EventStream frames, GenerationPlan plan, AnswerForm form, IAsyncEnumerator<ChoiceEvent> events)
    {
        var usage = new UsageTally(plan);
        await frames.SendAsync(form.Opening(Slot()));
        do
        {
            usage.Add(events.Current);
            switch (events.Current)
            {
                case ChoiceEvent.Refused refused: throw Refusal(refused);
                case ChoiceEvent.Scored scored: form.Add(scored); break;
                case ChoiceEvent.Grew grew: await frames.SendAsync(form.Frames(grew, Slot())); break;
                case ChoiceEvent.Ended ended: await frames.SendAsync(form.Frames(ended, Slot())); break;
            }
        }
        while (await events.MoveNextAsync());
        metrics.LongestAnswer.Observe(usage.LongestTokenCount);
        if (plan.Fields.Stream.IncludesUsage)
            await frames.SendAsync(form.UsageFrame(usage.Usage));

        UsageSlot? Slot() => plan.Fields.Stream switch
        {
            { IncludesUsage: false } => null,
            { IsUsageContinuous: true } => new UsageSlot(usage.Usage),
            _ => new UsageSlot(null),
        };
    }
}
