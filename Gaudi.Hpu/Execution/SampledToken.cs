using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>The token drawn for one sequence.</summary>
/// <param name="SequenceId">From the plan.</param>
/// <param name="Position">The position the token takes: one past the last computed.</param>
/// <param name="TokenId">The token.</param>
/// <param name="Logprob">Its log probability under the raw logits; NaN when none was asked for.</param>
/// <param name="Alternatives">
/// The most likely tokens, likeliest first, ties to the lower id; empty when none was asked for.
/// </param>
public sealed record SampledToken(
    long SequenceId, int Position, int TokenId, float Logprob, ImmutableArray<TokenLogprob> Alternatives);
