using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>A sequence with drafts, and what the target says about them.</summary>
/// <param name="Sequence">From the plan.</param>
/// <param name="Logits">
/// [drafts + 1][vocabulary]: after the last known token, then after each draft.
/// </param>
internal sealed record DraftRows(SequenceStep Sequence, ImmutableArray<float[]> Logits);
