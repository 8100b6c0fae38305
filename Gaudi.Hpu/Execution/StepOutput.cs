using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>What a step gave. Every rank computes it; the group takes rank 0's.</summary>
/// <param name="StepNumber">From the plan.</param>
/// <param name="Tokens">
/// For each sequence that draws, in the plan's order: one for each draft that stands, then one more; positions ascend.
/// </param>
/// <param name="LogitsDigest">
/// A hash of the bits of every logits row drawn from: ranks and group sizes must agree.
/// </param>
public sealed record StepOutput(long StepNumber, ImmutableArray<SampledToken> Tokens, ulong LogitsDigest)
{
    /// <summary>Of a step without sequences.</summary>
    public static StepOutput Empty(long stepNumber) => new(stepNumber, [], Execution.LogitsDigest.Empty);

    /// <summary>The draft model's proposals, in the plan's order; sequences without one are left out.</summary>
    public ImmutableArray<DraftedTokens> Drafts { get; init; } = [];

    /// <summary>Vectors of the sequences that are pooled, as far as the step led, in the plan's order.</summary>
    public ImmutableArray<PooledState> Pooled { get; init; } = [];

    /// <summary>Scores of prompt tokens, for the sequences that ask, in the plan's order, positions ascending.</summary>
    public ImmutableArray<PromptScore> PromptScores { get; init; } = [];
}
