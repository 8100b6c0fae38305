using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>What one sequence does in one step.</summary>
/// <param name="SequenceId">Unique in the group for the sequence's life.</param>
/// <param name="TokenIds">The tokens to compute; at least one.</param>
/// <param name="FirstPosition">
/// The position of the first of them; everything before it is in the blocks already.
/// </param>
/// <param name="PromptTokenCount">
/// Positions below it have the prompt role (prefill kernel); others were generated (decode kernel), also when
/// recomputed.
/// </param>
/// <param name="BlockTable">Block ids that hold positions 0 .. FirstPosition + TokenIds.Length - 1, in order.</param>
/// <param name="Sampling">
/// Draw the next token from the last one's logits; null in a prefill chunk that is not the last.
/// </param>
/// <param name="Choice">Which of a request's n choices this is: part of the draw's key.</param>
public sealed record SequenceStep(
    long SequenceId, ImmutableArray<int> TokenIds, int FirstPosition, int PromptTokenCount,
    ImmutableArray<int> BlockTable, SamplingParameters? Sampling, int Choice);
