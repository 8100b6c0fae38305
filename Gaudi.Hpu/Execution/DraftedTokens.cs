using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>What the draft model thinks a sequence goes on with, after the tokens drawn in this step.</summary>
/// <param name="SequenceId">From the plan.</param>
/// <param name="TokenIds">At least one, at most the plan's DraftCountMax.</param>
public sealed record DraftedTokens(long SequenceId, ImmutableArray<int> TokenIds);
