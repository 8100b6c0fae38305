using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;

namespace Gaudi.Actors.Scheduling;

/// <summary>What one sequence computes in a step that is being planned.</summary>
/// <param name="Sequence">Which one.</param>
/// <param name="FirstPosition">The first position computed.</param>
/// <param name="KnownCount">Known tokens computed; at least one.</param>
/// <param name="CachedBlockCount">Of the sequence before this step: what giving the share back restores.</param>
internal sealed record StepShare(Sequence Sequence, int FirstPosition, int KnownCount, int CachedBlockCount)
{
    /// <summary>Verified behind the known tokens; empty unless those reach the end.</summary>
    internal ImmutableArray<int> Drafts { get; init; } = [];

    /// <summary>Most tokens a draft model may propose afterwards.</summary>
    internal int DraftCountMax { get; init; }

    /// <summary>True when the next token is drawn in this step.</summary>
    internal bool IsDrawn => Sequence.Request.Pooling is null && FirstPosition + KnownCount == Sequence.Tokens.Count;

    /// <summary>What it takes of the step's budget.</summary>
    internal int TokenCount => KnownCount + Drafts.Length;

    /// <summary>Whether a token of an image is computed: then its pixels travel.</summary>
    internal bool Sees(PromptImage image) =>
        image.FirstPosition < FirstPosition + KnownCount && image.EndPosition > FirstPosition;

    /// <summary>For the ranks.</summary>
    internal SequenceStep ToStep(int vocabularySize)
    {
        var request = Sequence.Request;
        var end = FirstPosition + KnownCount;
        var sampling = IsDrawn ? request.Sampling : null;
        return new SequenceStep(
            Sequence.Id, [.. Sequence.TokenSpan[FirstPosition..end], .. Drafts], FirstPosition, request.PromptTokenIds.Length,
            Sequence.Blocks, sampling, request.Choice)
        {
            DraftCount = Drafts.Length,
            DraftCountMax = DraftCountMax,
            History = sampling?.NeedsHistory == true ? [.. Sequence.TokenSpan[..FirstPosition]] : [],
            Masks = IsDrawn ? Sequence.Form?.Masks(Drafts) ?? [] : [],
            StateSlot = Sequence.StateSlot,
            LoraSlot = Sequence.LoraSlot,
            Images = [.. request.Images.Select(image => Sees(image) ? image : image with { Pixels = [] })],
            Pooling = request.Pooling is { } mode ? new PoolingStep(mode, Sequence.PooledSum) : null,
            PromptScoring = PromptRows.Scoring(request, FirstPosition, end, vocabularySize),
        };
    }
}
