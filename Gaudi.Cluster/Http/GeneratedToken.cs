using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>One generated token as an answer reports it.</summary>
/// <param name="Id">The token.</param>
/// <param name="Logprob">NaN when none was asked for.</param>
/// <param name="Alternatives">Likeliest first.</param>
/// <param name="TextOffset">Where its text begins in the choice's generated text. Unit: Unicode scalars.</param>
internal readonly record struct GeneratedToken(
    int Id, float Logprob, ImmutableArray<TokenLogprob> Alternatives, int TextOffset);
