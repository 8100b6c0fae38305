using System.Collections.Immutable;

namespace Gaudi.Hpu.Cards;

/// <summary>What a search for cards found.</summary>
/// <param name="Cards">By index. Empty when there is none.</param>
/// <param name="Reason">One sentence: how they were found, or why there is none.</param>
public sealed record CardProbeResult(ImmutableArray<CardFacts> Cards, string Reason);
