using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>
/// What happened to a choice, as text. Started, any number of Scored, any number of Grew, Ended; or Refused at any place,
/// as the last.
/// </summary>
/// <param name="Index">The choice's index in the answer.</param>
internal abstract record ChoiceEvent(int Index)
{
    /// <summary>The engine has taken the choice and works on it.</summary>
    /// <param name="Index">The choice's index in the answer.</param>
    /// <param name="CachedTokenCount">Prompt tokens found in the prefix cache, as far as it is known by now.</param>
    public sealed record Started(int Index, int CachedTokenCount) : ChoiceEvent(Index);

    /// <summary>Prompt tokens were scored.</summary>
    /// <param name="Index">The choice's index in the answer.</param>
    /// <param name="Scores">By position; those of all events together have no gap and begin at position 1.</param>
    public sealed record Scored(int Index, ImmutableArray<PromptScore> Scores) : ChoiceEvent(Index);

    /// <summary>Text that no later token can change.</summary>
    /// <param name="Index">The choice's index in the answer.</param>
    /// <param name="Text">Never empty, never half a character.</param>
    /// <param name="Tokens">Those that came since the last event; the last of them may end behind the text.</param>
    public sealed record Grew(int Index, string Text, ImmutableArray<GeneratedToken> Tokens) : ChoiceEvent(Index);

    /// <summary>The choice is complete.</summary>
    /// <param name="Index">The choice's index in the answer.</param>
    /// <param name="Text">What was still held back; may be empty.</param>
    /// <param name="Tokens">Those that came since the last event.</param>
    /// <param name="Reason">stop, length or abort.</param>
    /// <param name="StopReason">Null unless one of the client's own conditions ended it.</param>
    public sealed record Ended(
        int Index, string Text, ImmutableArray<GeneratedToken> Tokens, FinishReason Reason, StopReason? StopReason)
        : ChoiceEvent(Index)
    {
        /// <summary>Prompt tokens found in the prefix cache; 0 where a stop string ended the choice here.</summary>
        public int CachedTokenCount { get; init; }

        /// <summary>Where the prompt's blocks are kept for another server; null where they are not.</summary>
        public KvTransferParams? KvTransfer { get; init; }
    }

    /// <summary>The choice was not taken, or could not be finished.</summary>
    public sealed record Refused(int Index, ApiError Error) : ChoiceEvent(Index);
}
