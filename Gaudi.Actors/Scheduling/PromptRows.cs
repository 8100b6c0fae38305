using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>Scores of prompt tokens: which chunks give them, and how long such a chunk may be.</summary>
internal static class PromptRows
{
    // Each row reports its token and the alternatives: more than so many in one answer would not fit a message.
    private const int EntriesMax = 65_536;

    /// <summary>Most tokens of a chunk that begins at this position.</summary>
    internal static int CountMax(GenerationRequest request, int firstPosition, int vocabularySize) =>
        AreScored(request, firstPosition)
            ? Math.Max(1, EntriesMax / (AlternativeCount(request, vocabularySize) + 1))
            : int.MaxValue;

    /// <summary>Entries that a chunk brings back: each scored row's token and its alternatives.</summary>
    internal static long EntryCount(GenerationRequest request, int firstPosition, int endPosition, int vocabularySize) =>
        AreScored(request, firstPosition)
            ? (Math.Min(endPosition, request.PromptTokenIds.Length - 1) - firstPosition)
                * (AlternativeCount(request, vocabularySize) + 1L)
            : 0;

    /// <summary>What a chunk of positions is asked for; null where none of its rows has a prompt token behind it.</summary>
    internal static PromptScoring? Scoring(GenerationRequest request, int firstPosition, int endPosition, int vocabularySize) =>
        AreScored(request, firstPosition)
            ? new PromptScoring(
                AlternativeCount(request, vocabularySize),
                endPosition < request.PromptTokenIds.Length ? request.PromptTokenIds[endPosition] : null)
            : null;

    private static bool AreScored(GenerationRequest request, int firstPosition) =>
        request.PromptLogprobCount is not null && firstPosition < request.PromptTokenIds.Length - 1;

    // Below 0 is the whole vocabulary.
    private static int AlternativeCount(GenerationRequest request, int vocabularySize) =>
        request.PromptLogprobCount is { } count && count >= 0 ? Math.Min(count, vocabularySize) : vocabularySize;
}
