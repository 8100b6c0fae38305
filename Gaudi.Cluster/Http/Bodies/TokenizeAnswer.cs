using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Answer of POST /tokenize.</summary>
/// <param name="Count">How many tokens.</param>
/// <param name="MaxModelLen">Context. Unit: tokens.</param>
/// <param name="Tokens">Their ids.</param>
/// <param name="TokenStrs">As the vocabulary writes them; null unless return_token_strs asked for them.</param>
internal sealed record TokenizeAnswer(int Count, int MaxModelLen, ImmutableArray<int> Tokens, IReadOnlyList<string>? TokenStrs);
