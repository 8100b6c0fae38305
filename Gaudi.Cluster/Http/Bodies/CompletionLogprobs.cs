using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Logprobs of a completion: four lists of one length, one item a token.</summary>
/// <param name="TextOffset">Where the token's text begins. Unit: Unicode scalars.</param>
/// <param name="TokenLogprobs">Natural logarithm, at least -9999; null for an echoed prompt's first token.</param>
/// <param name="Tokens">Its text, or `token_id:N`.</param>
/// <param name="TopLogprobs">By token text: the token itself and the likeliest ones; null where it has no logprob.</param>
internal sealed record CompletionLogprobs(
    ImmutableArray<int> TextOffset, ImmutableArray<float?> TokenLogprobs, ImmutableArray<string> Tokens,
    ImmutableArray<IReadOnlyDictionary<string, float>?> TopLogprobs)
{
    /// <summary>These tokens, then those.</summary>
    public CompletionLogprobs Then(CompletionLogprobs next) => new(
        TextOffset.AddRange(next.TextOffset), TokenLogprobs.AddRange(next.TokenLogprobs), Tokens.AddRange(next.Tokens),
        TopLogprobs.AddRange(next.TopLogprobs));
}
