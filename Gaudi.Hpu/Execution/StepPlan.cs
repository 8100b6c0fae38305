using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// One step of the model, the same for every rank of a group. The order of sequences never changes a token.
/// </summary>
/// <param name="StepNumber">Counts from 1 without gaps in an epoch.</param>
/// <param name="Sequences">At least one; a sequence appears at most once.</param>
public sealed record StepPlan(long StepNumber, ImmutableArray<SequenceStep> Sequences)
{
    /// <summary>The adapters of its sequences, by ascending slot: a rank fills the slots that hold something else.</summary>
    public ImmutableArray<LoraPlace> Loras { get; init; } = [];
}
