using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>What a step did for one sequence.</summary>
/// <param name="Sequence">Which one.</param>
/// <param name="Tokens">Its new tokens, positions ascending; empty when it ended without one, or is not that far.</param>
/// <param name="Finish">Why it is over; null when it goes on.</param>
/// <param name="StopTokenId">The token that stopped it.</param>
public sealed record SequenceProgress(
    Sequence Sequence, ImmutableArray<SampledToken> Tokens, FinishReason? Finish, int? StopTokenId)
{
    /// <summary>Where its blocks are kept for another server; null where they are not. Only with <see cref="Finish"/>.</summary>
    public KvTransferParams? KvTransfer { get; init; }

    /// <summary>Scores of its prompt's tokens, positions ascending; empty when none were computed.</summary>
    public ImmutableArray<PromptScore> PromptScores { get; init; } = [];
}
