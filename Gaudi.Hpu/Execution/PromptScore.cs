using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>How likely the model held one prompt token to be, given those before it.</summary>
/// <param name="SequenceId">From the plan.</param>
/// <param name="Position">Of the token; at least 1, because the first has nothing before it.</param>
/// <param name="TokenId">The token.</param>
/// <param name="Logprob">Under the raw logits.</param>
/// <param name="Rank">1 where no token is likelier.</param>
/// <param name="Alternatives">Likeliest first, ties to the lower id.</param>
public sealed record PromptScore(
    long SequenceId, int Position, int TokenId, float Logprob, int Rank, ImmutableArray<TokenLogprob> Alternatives);
