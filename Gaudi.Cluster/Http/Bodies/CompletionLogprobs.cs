using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Logprobs of a completion: four lists of one length, one item a token.</summary>
/// <param name="TextOffset">Where the token's text begins. Unit: Unicode scalars.</param>
/// <param name="TokenLogprobs">Natural logarithm, at least -9999.</param>
/// <param name="Tokens">Its text, or `token_id:N`.</param>
/// <param name="TopLogprobs">By token text: the generated token and the likeliest ones.</param>
internal sealed record CompletionLogprobs(
    ImmutableArray<int> TextOffset, ImmutableArray<float> TokenLogprobs, ImmutableArray<string> Tokens,
    ImmutableArray<IReadOnlyDictionary<string, float>> TopLogprobs);
