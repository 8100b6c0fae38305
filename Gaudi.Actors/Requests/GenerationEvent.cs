using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Requests;

/// <summary>What happened to a choice. Tokens come in order, without gaps or doubles; one ending comes last.</summary>
public abstract record GenerationEvent
{
    /// <summary>A token was generated.</summary>
    /// <param name="Position">In the sequence: the first generated token has the prompt's length.</param>
    /// <param name="TokenId">The token.</param>
    /// <param name="Logprob">NaN when none was asked for.</param>
    /// <param name="Alternatives">Likeliest first; empty when none was asked for.</param>
    public sealed record Token(
        int Position, int TokenId, float Logprob, ImmutableArray<TokenLogprob> Alternatives) : GenerationEvent
    {
        /// <summary>Prompt tokens that were found in the prefix cache when the choice was first admitted.</summary>
        public int CachedTokenCount { get; init; }

        /// <summary>From submission to the first step that computed the choice.</summary>
        public TimeSpan Queued { get; init; }
    }

    /// <summary>Prompt tokens were scored. Scores come in order, without gaps or doubles, before the first token.</summary>
    /// <param name="Scores">By position, which begins at 1.</param>
    public sealed record PromptScored(ImmutableArray<PromptScore> Scores) : GenerationEvent;

    /// <summary>The choice ended as it should.</summary>
    /// <param name="Reason">stop, length or abort.</param>
    /// <param name="StopTokenId">The stop token, which is also the last Token event; null otherwise.</param>
    public sealed record Finished(FinishReason Reason, int? StopTokenId) : GenerationEvent
    {
        /// <summary>[hidden]: the vector that was asked for in place of tokens, not normalised; empty otherwise.</summary>
        public ImmutableArray<float> Vector { get; init; } = [];

        /// <summary>Where the prompt's blocks are kept for another server; null where they are not.</summary>
        public KvTransferParams? KvTransfer { get; init; }

        /// <summary>Prompt tokens that were found in the prefix cache when the choice was first admitted.</summary>
        public int CachedTokenCount { get; init; }
    }

    /// <summary>The choice was not accepted, or could not be finished.</summary>
    /// <param name="Kind">Decides the HTTP status.</param>
    /// <param name="Message">What was expected, what came, what to do.</param>
    /// <param name="RetryAfterSeconds">When trying again makes sense; null when it never does.</param>
    public sealed record Refused(RefusalKind Kind, string Message, int? RetryAfterSeconds) : GenerationEvent;
}
