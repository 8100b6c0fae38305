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
    /// <summary>The largest count of tokens of each range of <see cref="StepsByTokens"/>. Source: vLLM's loggers.py.</summary>
    public static ImmutableArray<int> StepTokenBounds { get; } =
        [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

    /// <summary>Prompt tokens of admitted choices that were found in the prefix cache, each choice once.</summary>
    public long CachedPromptTokenCount { get; init; }

    /// <summary>Of these, tokens that a KV connector brought.</summary>
    public long ExternalTokenCount { get; init; }

    /// <summary>Tokens of admitted choices that a KV connector was asked for: what the prefix cache had not; 0 without one.</summary>
    public long ExternalQueriedTokenCount { get; init; }

    /// <summary>Tokens computed in all steps, drafts among them.</summary>
    public long StepTokenCount { get; init; }

    /// <summary>Steps by the tokens they computed: one range more than bounds.</summary>
    public ImmutableArray<long> StepsByTokens { get; init; } = [.. new long[StepTokenBounds.Length + 1]];

    /// <summary>
    /// The largest count of preemptions of each range of <see cref="EndedByPreemptions"/>. Source: vLLM's loggers.py.
    /// </summary>
    public static ImmutableArray<int> PreemptionBounds { get; } = [1, 2, 3, 4, 5, 10, 20];

    /// <summary>Preemptions of the choices that have ended.</summary>
    public long EndedPreemptionCount { get; init; }

    /// <summary>Choices that have ended by how often they were put back to wait: one range more than bounds.</summary>
    public ImmutableArray<long> EndedByPreemptions { get; init; } = [.. new long[PreemptionBounds.Length + 1]];

    /// <summary>Nothing yet.</summary>
    public static EngineCounters Zero { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, []);
}
