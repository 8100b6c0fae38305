using Gaudi.Actors.Requests;

namespace Gaudi.Actors.Scheduling;

/// <summary>What became of a choice that was handed to the scheduler.</summary>
public abstract record Submission
{
    /// <summary>It waits for its turn.</summary>
    public sealed record Accepted(Sequence Sequence) : Submission;

    /// <summary>Its emitted tokens end it already: nothing is left to compute.</summary>
    public sealed record Over(Sequence Sequence, FinishReason Reason, int? StopTokenId) : Submission;

    /// <summary>It cannot be taken, now or ever.</summary>
    public sealed record Rejected(RefusalKind Kind, string Message, int? RetryAfterSeconds) : Submission;
}
