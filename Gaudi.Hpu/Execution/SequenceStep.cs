using System.Collections.Immutable;
using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Execution;

/// <summary>What one sequence does in one step. All that a rank needs to know: it remembers nothing between steps but KV.</summary>
/// <param name="SequenceId">Unique in the group for the sequence's life.</param>
/// <param name="TokenIds">The tokens to compute, drafts last; at least one.</param>
/// <param name="FirstPosition">
/// The position of the first of them; everything before it is in the blocks already.
/// </param>
/// <param name="PromptTokenCount">
/// Positions below it have the prompt role (prefill kernel); others were generated (decode kernel), also when
/// recomputed.
/// </param>
/// <param name="BlockTable">
/// Block ids that hold positions 0 .. FirstPosition + TokenIds.Length - 1 and those of the next drafts, in order.
/// </param>
/// <param name="Sampling">
/// Draw the next token from the last one's logits, and one after each draft that stands; null in a prefill chunk that
/// is not the last.
/// </param>
/// <param name="Choice">Which of a request's n choices this is: part of the draw's key.</param>
public sealed record SequenceStep(
    long SequenceId, ImmutableArray<int> TokenIds, int FirstPosition, int PromptTokenCount,
    ImmutableArray<int> BlockTable, SamplingParameters? Sampling, int Choice)
{
    /// <summary>How many of the last tokens are drafts, to be verified. Less than all; 0 where Sampling is null.</summary>
    public int DraftCount { get; init; }

    /// <summary>Most tokens a draft model may propose after this step; 0 proposes none. The block table has their places.</summary>
    public int DraftCountMax { get; init; }

    /// <summary>
    /// The tokens of positions 0 .. FirstPosition - 1, where the draw needs them; empty where it does not.
    /// See <see cref="SamplingParameters.NeedsHistory"/>.
    /// </summary>
    public ImmutableArray<int> History { get; init; } = [];

    /// <summary>
    /// What may be drawn after the last known token and after each draft: DraftCount + 1 masks; empty allows everything.
    /// </summary>
    public ImmutableArray<TokenMask> Masks { get; init; } = [];

    /// <summary>Where the layers keep the sequence's state; its own from position 0 on. 0 where the model has no states.</summary>
    public int StateSlot { get; init; }

    /// <summary>The slot of its adapter, one of the plan's; 0 for the model alone.</summary>
    public int LoraSlot { get; init; }

    /// <summary>
    /// The images of the whole prompt, positions ascending; those with a token in this step have their pixels.
    /// </summary>
    public ImmutableArray<PromptImage> Images { get; init; } = [];

    /// <summary>Report log probabilities of the prompt's tokens; null reports none.</summary>
    public PromptScoring? PromptScoring { get; init; }

    /// <summary>Wants a vector of the prompt in place of tokens: Sampling is null. Null for none.</summary>
    public PoolingStep? Pooling { get; init; }

    /// <summary>Where the first draft stands in TokenIds; its length where there is none.</summary>
    internal int FirstDraft => TokenIds.Length - DraftCount;

    /// <summary>Whether a token is drawn, or a draft verified, from the logits of one of the step's tokens.</summary>
    internal bool IsDrawnAfter(int tokenIndex) => Sampling is not null && tokenIndex >= FirstDraft - 1;

    /// <summary>Whether the hidden state of one of the step's tokens is part of the vector that is wanted.</summary>
    internal bool IsPooledAt(int tokenIndex) => Pooling switch
    {
        null => false,
        { Mode: PoolingMode.Mean } => true,
        _ => tokenIndex == TokenIds.Length - 1,
    };

    /// <summary>What may be drawn from the logits of one of the step's tokens; null allows everything.</summary>
    internal TokenMask? MaskAfter(int tokenIndex) => Masks.IsEmpty ? null : Masks[tokenIndex - (FirstDraft - 1)];

    /// <summary>The prompt token whose score is wanted from the logits of one of the step's tokens; null for none.</summary>
    internal int? ScoredAfter(int tokenIndex)
    {
        if (PromptScoring is not { } scoring || FirstPosition + tokenIndex + 1 >= PromptTokenCount)
            return null;
        return tokenIndex + 1 < TokenIds.Length ? TokenIds[tokenIndex + 1] : scoring.NextTokenId;
    }
}
