using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>
/// Times one choice from its request's arrival to its end; disposing it without an end is the client's leaving. One thread.
/// </summary>
internal sealed class ChoiceWatch : IDisposable
{
    private readonly RequestMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ChoicePlan _plan;
    private readonly long _submitted;
    private TimeSpan _queued;
    private long? _first;
    private long _last;
    private int _cachedTokenCount;
    private bool _isOver;

    /// <summary>Begins where the choice is given to the engine.</summary>
    public ChoiceWatch(RequestMetrics metrics, TimeProvider time, ChoicePlan plan)
    {
        (_metrics, _time, _plan) = (metrics, time, plan);
        _submitted = time.GetTimestamp();
    }

    /// <summary>Tokens so far.</summary>
    public int TokenCount { get; private set; }

    /// <summary>A token came.</summary>
    public void Take(GenerationEvent.Token token)
    {
        var now = _time.GetTimestamp();
        if (_first is null)
        {
            _metrics.FirstToken.Observe(Seconds(_plan.Arrived, now));
            (_first, _queued, _cachedTokenCount) = (now, token.Queued, token.CachedTokenCount);
        }
        else
            _metrics.TokenGap.Observe(Seconds(_last, now));
        _last = now;
        TokenCount++;
    }

    /// <summary>The choice ended.</summary>
    public void End(FinishReason reason)
    {
        _isOver = true;
        _metrics.Ended(reason);
        var now = _time.GetTimestamp();
        _metrics.Whole.Observe(Seconds(_plan.Arrived, now));
        _metrics.PromptTokens.Observe(_plan.Request.PromptTokenIds.Length);
        _metrics.GeneratedTokens.Observe(TokenCount);
        _metrics.TokensMax.Observe(_plan.Request.TokensMax);
        if (_first is not { } first)
            return;
        // What the engine measured may be more than what passed here, when the choice was asked for again.
        var scheduled = Math.Min(Seconds(_submitted, first), _queued.TotalSeconds);
        _metrics.Queued.Observe(scheduled);
        _metrics.Prefill.Observe(Seconds(_submitted, first) - scheduled);
        _metrics.Inference.Observe(Seconds(_submitted, _last) - scheduled);
        _metrics.Decode.Observe(Seconds(first, _last));
        _metrics.ComputedTokens.Observe(_plan.Request.PromptTokenIds.Length - _cachedTokenCount);
        if (TokenCount > 1)
            _metrics.PerToken.Observe(Seconds(first, _last) / (TokenCount - 1));
    }

    /// <summary>The choice was refused, or given up. One that found no room counts with its request, not here.</summary>
    public void Refuse(RefusalKind kind)
    {
        _isOver = true;
        if (kind is RefusalKind.Failed or RefusalKind.Unavailable)
            _metrics.Failed();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isOver)
            End(FinishReason.Abort);
    }

    private double Seconds(long from, long to) => _time.GetElapsedTime(from, to).TotalSeconds;
}
