using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// List entries that a step's messages carry: token ids, biases, words of masks and pixels on the way to the ranks, alternatives on
/// the way back.
/// </summary>
/// <param name="OutCount">To each rank.</param>
/// <param name="BackCount">From each rank.</param>
internal readonly record struct StepLoad(long OutCount, long BackCount)
{
    /// <summary>
    /// Most entries of a step each way. An entry takes at most 8 bytes, so a step stays well under the 16,000,000 bytes of a
    /// message.
    /// </summary>
    internal const long EntriesMax = 1_000_000;

    private const int EntryBytes = 8;

    /// <summary>True when a message can carry it.</summary>
    internal bool Fits => OutCount <= EntriesMax && BackCount <= EntriesMax;

    /// <summary>What one sequence adds.</summary>
    /// <param name="share">What it computes.</param>
    /// <param name="vocabularySize">Of the model: a token has no more alternatives.</param>
    /// <param name="hiddenSize">Values of a vector, both ways where the prompt is pooled.</param>
    internal static StepLoad Of(StepShare share, int vocabularySize, int hiddenSize)
    {
        var request = share.Sequence.Request;
        var sampling = request.Sampling;
        long outCount = share.TokenCount;
        var backCount = PromptRows.EntryCount(
            request, share.FirstPosition, share.FirstPosition + share.KnownCount, vocabularySize);
        outCount += request.Images.Where(share.Sees).Sum(image => (long)image.Pixels.Length) / EntryBytes;
        if (request.Pooling is not null)
            (outCount, backCount) = (outCount + hiddenSize, backCount + hiddenSize);
        if (share.IsDrawn)
        {
            outCount += (sampling.AllowedTokenIds?.Length ?? 0) + sampling.LogitBiases.Length + sampling.EndTokenIds.Length
                + sampling.BadWords.Sum(word => word.Length + 1) + (sampling.NeedsHistory ? share.FirstPosition : 0)
                + ((share.Drafts.Length + 1L) * MaskCount(share.Sequence, vocabularySize));
            backCount += (share.Drafts.Length + 1L) * AnswerCount(sampling);
        }
        return new StepLoad(outCount, backCount);
    }

    /// <summary>Entries that one drawn token brings back.</summary>
    internal static long AnswerCount(SamplingParameters sampling) => (sampling.LogprobCount ?? 0) + 1L;

    /// <summary>Entries that the mask of one drawn token takes to the ranks.</summary>
    internal static long MaskCount(Sequence sequence, int vocabularySize) => sequence.Form is null ? 0 : (vocabularySize / 64) + 1;

    /// <summary>Both together.</summary>
    public static StepLoad operator +(StepLoad one, StepLoad other) =>
        new(one.OutCount + other.OutCount, one.BackCount + other.BackCount);
}
