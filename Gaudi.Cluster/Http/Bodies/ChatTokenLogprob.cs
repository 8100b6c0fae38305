using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One generated token.</summary>
/// <param name="Token">Its text, or `token_id:N`.</param>
/// <param name="Logprob">Natural logarithm, at least -9999.</param>
/// <param name="Bytes">The bytes it adds to the text: part of a character has bytes that no text shows.</param>
/// <param name="TopLogprobs">Likeliest first.</param>
internal sealed record ChatTokenLogprob(
    string Token, float Logprob, IReadOnlyList<int> Bytes, ImmutableArray<ChatTopLogprob> TopLogprobs);
