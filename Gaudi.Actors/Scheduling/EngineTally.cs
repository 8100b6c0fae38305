using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Scheduling;

/// <summary>Counts what a replica does.</summary>
/// <param name="draftsMax">Most drafts of one sequence in a step.</param>
internal sealed class EngineTally(int draftsMax)
{
    private readonly long[] _acceptedByPosition = new long[draftsMax];
    private readonly long[] _stepsByTokens = new long[EngineCounters.StepTokenBounds.Length + 1];
    private readonly long[] _endedByPreemptions = new long[EngineCounters.PreemptionBounds.Length + 1];
    private EngineCounters _counters = EngineCounters.Zero;

    /// <summary>What was counted so far.</summary>
    internal EngineCounters Counters => _counters with
    {
        AcceptedByPosition = [.. _acceptedByPosition], StepsByTokens = [.. _stepsByTokens],
        EndedByPreemptions = [.. _endedByPreemptions],
    };

    /// <summary>A choice was admitted for the first time. Later look-ups of the same choice are not counted, as upstream.</summary>
    /// <param name="promptTokenCount">Of its request.</param>
    /// <param name="queriedTokenCount">Looked up in the prefix cache; 0 where it does not read the cache.</param>
    /// <param name="hitTokenCount">Of these, found.</param>
    /// <param name="cachedPromptTokenCount">Of the prompt, found.</param>
    /// <param name="externalTokenCount">Of the prompt, brought by a KV connector.</param>
    /// <param name="externalQueriedTokenCount">A KV connector was asked for; 0 without one.</param>
    internal void Admitted(
        int promptTokenCount, int queriedTokenCount, int hitTokenCount, int cachedPromptTokenCount,
        int externalTokenCount, int externalQueriedTokenCount) => _counters = _counters with
    {
        ExternalTokenCount = _counters.ExternalTokenCount + externalTokenCount,
        ExternalQueriedTokenCount = _counters.ExternalQueriedTokenCount + externalQueriedTokenCount,
        PromptTokenCount = _counters.PromptTokenCount + promptTokenCount,
        CacheQueriedTokenCount = _counters.CacheQueriedTokenCount + queriedTokenCount,
        CacheHitTokenCount = _counters.CacheHitTokenCount + hitTokenCount,
        CachedPromptTokenCount = _counters.CachedPromptTokenCount + cachedPromptTokenCount,
    };

    /// <summary>A step was computed.</summary>
    internal void Stepped(int tokenCount)
    {
        _counters = _counters with { StepTokenCount = _counters.StepTokenCount + tokenCount };
        _stepsByTokens[EngineCounters.StepTokenBounds.Count(bound => bound < tokenCount)]++;
    }

    /// <summary>A choice was put back to wait.</summary>
    internal void Preempted() => _counters = _counters with { PreemptionCount = _counters.PreemptionCount + 1 };

    /// <summary>A choice has left the scheduler, in whatever way.</summary>
    /// <param name="preemptionCount">How often it was put back to wait.</param>
    internal void Ended(int preemptionCount)
    {
        _counters = _counters with { EndedPreemptionCount = _counters.EndedPreemptionCount + preemptionCount };
        _endedByPreemptions[EngineCounters.PreemptionBounds.Count(bound => bound < preemptionCount)]++;
    }

    /// <summary>Tokens were drawn and kept.</summary>
    internal void Generated(int tokenCount) =>
        _counters = _counters with { GeneratedTokenCount = _counters.GeneratedTokenCount + tokenCount };

    /// <summary>Drafts were verified.</summary>
    internal void Verified(int draftTokenCount, int acceptedCount)
    {
        _counters = _counters with
        {
            DraftCount = _counters.DraftCount + 1,
            DraftTokenCount = _counters.DraftTokenCount + draftTokenCount,
            AcceptedTokenCount = _counters.AcceptedTokenCount + acceptedCount,
        };
        for (var i = 0; i < acceptedCount; i++)
            _acceptedByPosition[i]++;
    }
}
