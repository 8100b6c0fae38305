using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols;

/// <summary>What a replica has done since it was made. Only grows.</summary>
/// <param name="PromptTokenCount">Prompt tokens of admitted choices, cached ones among them, each choice once.</param>
/// <param name="GeneratedTokenCount">Tokens drawn and kept.</param>
/// <param name="CacheQueriedTokenCount">Tokens looked up in the prefix cache.</param>
/// <param name="CacheHitTokenCount">Of these, found.</param>
/// <param name="PreemptionCount">Choices put back to wait.</param>
/// <param name="DraftCount">Verifications: sequences with drafts in a step.</param>
/// <param name="DraftTokenCount">Draft tokens verified.</param>
/// <param name="AcceptedTokenCount">Of these, kept.</param>
/// <param name="AcceptedByPosition">Kept drafts by their place in the draft, from 0.</param>
public sealed record EngineCounters(
    long PromptTokenCount, long GeneratedTokenCount, long CacheQueriedTokenCount, long CacheHitTokenCount,
    long PreemptionCount, long DraftCount, long DraftTokenCount, long AcceptedTokenCount,
    ImmutableArray<long> AcceptedByPosition)
{
    /// <summary>Nothing yet.</summary>
    public static EngineCounters Zero { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, []);
}
