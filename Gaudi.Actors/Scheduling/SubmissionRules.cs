using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>What can never run is said so when it comes, with the field and the limit.</summary>
internal static class SubmissionRules
{
    /// <summary>Why this request can never run; null when it can.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="emitted">Tokens an earlier life generated.</param>
    /// <param name="settings">Limits.</param>
    /// <param name="facts">Of the group that computes.</param>
    internal static string? Refusal(
        GenerationRequest request, ImmutableArray<int> emitted, SchedulerSettings settings, ModelRunnerFacts facts)
    {
        var length = request.PromptTokenIds.Length;
        if (length == 0 || length >= facts.MaxModelLen)
            return $"the prompt has {length} tokens; this model takes 1 to {facts.MaxModelLen - 1}";
        foreach (var id in request.PromptTokenIds.Concat(emitted))
            if ((uint)id >= (uint)facts.VocabularySize)
                return $"token id {id} is not in this model's vocabulary of {facts.VocabularySize}";
        // An idle replica has no room for them either: trying again would never help.
        if (emitted.IsEmpty && request.Group is { } group && group.Size > settings.WaitingMax + 1)
            return $"the request has {group.Size} choices; this replica takes {settings.WaitingMax + 1} at once "
                + "(gaudi.scheduler.waiting-max, and one that goes first)";
        if (request.Priority != 0 && settings.Policy != SchedulingPolicy.Priority)
            return $"priority = {request.Priority}: expected 0, because the scheduling policy is fcfs; "
                + "leave it out, or serve with --scheduling-policy priority";
        return null;
    }

    /// <summary>Why a sequence can never be computed even when it is alone; null when it can.</summary>
    internal static string? Misfit(Sequence sequence, SchedulerSettings settings, ModelRunnerFacts facts)
    {
        if (sequence.Tokens.Count >= facts.MaxModelLen)
            return $"the sequence has {sequence.Tokens.Count} tokens and this group takes {facts.MaxModelLen - 1}";
        var positions = sequence.PositionsMax(facts.MaxModelLen);
        var places = (long)facts.KvBlockCount * facts.BlockSizeTokens;
        if (positions > places)
            return $"the request can take {positions} positions and the KV cache holds {places}; "
                + "lower max_tokens or give more KV blocks";
        if (!settings.ChunksPrefill && positions > settings.StepTokensMax)
            return $"the request can take {positions} positions and, with chunked prefill off, a step computes at most "
                + $"{settings.StepTokensMax}; lower max_tokens, raise max-num-batched-tokens or turn chunked prefill on";
        return null;
    }
}
