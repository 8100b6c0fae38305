using System.Collections.Immutable;

namespace Gaudi.Actors.Scheduling;

/// <summary>What a rank's news amount to, once every rank has said the same.</summary>
/// <param name="Released">Keys of held blocks that no peer needs any more.</param>
/// <param name="Loaded">Loads that have ended.</param>
public sealed record KvOutcome(ImmutableArray<string> Released, ImmutableArray<KvLoadEnding> Loaded);
