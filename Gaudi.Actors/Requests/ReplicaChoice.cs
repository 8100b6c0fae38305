using Akka.Actor;
using Gaudi.Actors.Scheduling;

namespace Gaudi.Actors.Requests;

/// <summary>A choice a replica works on or has finished: the sequence, who wants it, how it ended.</summary>
/// <param name="Sequence">Its tokens.</param>
/// <param name="ReplyTo">The request actor at the edge; the newest that asked.</param>
internal sealed record ReplicaChoice(Sequence Sequence, IActorRef ReplyTo)
{
    /// <summary>Every token of this replica's life, to send again: the sequence keeps ids, this keeps log probabilities.</summary>
    internal List<Protocols.TokenGenerated> Sent { get; init; } = [];

    /// <summary>Every score of the prompt's tokens, as it was sent; positions ascend without gaps.</summary>
    internal List<Protocols.PromptScored> Scored { get; init; } = [];

    /// <summary>What ended each step that failed with it, in order.</summary>
    internal List<string> Faults { get; init; } = [];

    /// <summary>When it was submitted, by the replica's time.</summary>
    internal long Submitted { get; init; }

    /// <summary>From then to the first step that computed it; null before.</summary>
    internal TimeSpan? Queued { get; init; }

    /// <summary>The ending; null while it runs.</summary>
    internal Protocols.RequestFinished? Finished { get; init; }
}
