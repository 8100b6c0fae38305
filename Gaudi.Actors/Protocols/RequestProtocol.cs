using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Protocols;

/// <summary>
/// Runs one choice, or goes on with it: a replica that knows it already sends again what follows the emitted tokens, one
/// that does not prefills prompt and emitted tokens and goes on at the next position. So it may be repeated. Repeated, it
/// asks for prompt logprobs only while the edge misses some: then all scores are sent again too, before the tokens.
/// </summary>
/// <param name="ReplicaId">Which replica.</param>
/// <param name="Request">What to run.</param>
/// <param name="EmittedTokenIds">Tokens the edge holds already, from the prompt's end on.</param>
/// <param name="ReplyTo">The request actor.</param>
public sealed record Generate(
    string ReplicaId, GenerationRequest Request, ImmutableArray<int> EmittedTokenIds, IActorRef ReplyTo) : IReplicaMessage
{
    /// <summary>Steps that failed with this choice in them since its last token, as the edge was told.</summary>
    public int FailedStepCount { get; init; }
}

/// <summary>Ends a choice; its blocks are free after the step that is running. Unknown choices are ignored.</summary>
public sealed record AbortRequest(string ReplicaId, string RequestId, int Choice) : IReplicaMessage;

/// <summary>Nobody will fetch blocks that are kept for another server: they are free. Unknown keys are ignored.</summary>
/// <param name="ReplicaId">Which replica.</param>
/// <param name="Key">By which they are kept: the <see cref="KvSource.Key"/> that went with the answer.</param>
public sealed record ReleaseBlocks(string ReplicaId, string Key) : IReplicaMessage;

/// <summary>Answers a repeated Generate: the choice is in this replica's hands, waiting or running.</summary>
public sealed record RequestHeld(string RequestId, int Choice) : IWireMessage
{
    /// <summary>Why the replica serves nothing now; empty when it does.</summary>
    public string Obstacle { get; init; } = "";
}

/// <summary>A step failed with this choice in it, and may have because of it: it is tried again, alone.</summary>
/// <param name="RequestId">Which request.</param>
/// <param name="Choice">Which of its choices.</param>
/// <param name="FailedStepCount">How often by now; another replica goes on counting there.</param>
/// <param name="Reason">How the epoch ended.</param>
public sealed record RequestFaulted(string RequestId, int Choice, int FailedStepCount, string Reason) : IWireMessage;

/// <summary>A token, with its place in the sequence: the edge drops doubles and refuses gaps.</summary>
/// <param name="RequestId">Which request.</param>
/// <param name="Choice">Which of its choices.</param>
/// <param name="Epoch">Of the group that drew it.</param>
/// <param name="Position">In the sequence; the first generated token has the prompt's length.</param>
/// <param name="TokenId">The token.</param>
/// <param name="Logprob">NaN when none was asked for.</param>
/// <param name="Alternatives">Likeliest first.</param>
public sealed record TokenGenerated(
    string RequestId, int Choice, long Epoch, int Position, int TokenId, float Logprob,
    ImmutableArray<TokenLogprob> Alternatives) : IWireMessage
{
    /// <summary>
    /// Prompt tokens found in the prefix cache when the choice was first admitted, the same in each of its tokens: a choice
    /// that a stop string ends at the edge has no <see cref="RequestFinished"/>.
    /// </summary>
    public int CachedTokenCount { get; init; }

    /// <summary>From submission to the first step that computed the choice, the same in each of its tokens.</summary>
    public TimeSpan Queued { get; init; }
}

/// <summary>A choice has ended.</summary>
/// <param name="RequestId">Which request.</param>
/// <param name="Choice">Which of its choices.</param>
/// <param name="Reason">Why.</param>
/// <param name="StopTokenId">The stop token, which is the last token; null otherwise.</param>
/// <param name="EndPosition">One past the last token: an edge that has fewer asks again.</param>
/// <param name="CachedTokenCount">Prompt tokens found in the prefix cache when it was first admitted.</param>
public sealed record RequestFinished(
    string RequestId, int Choice, FinishReason Reason, int? StopTokenId, int EndPosition, int CachedTokenCount = 0)
    : IWireMessage
{
    /// <summary>[hidden]: the vector that was asked for in place of tokens, not normalised; empty otherwise.</summary>
    public ImmutableArray<float> Vector { get; init; } = [];

    /// <summary>Where its prompt's blocks are kept for another server; null where they are not.</summary>
    public KvTransferParams? KvTransfer { get; init; }
}

/// <summary>Prompt tokens of a choice were scored; sent before its first token, and again when it is computed anew.</summary>
/// <param name="RequestId">Which request.</param>
/// <param name="Choice">Which of its choices.</param>
/// <param name="Epoch">Of the group that computed them.</param>
/// <param name="Scores">By ascending position, without gaps.</param>
public sealed record PromptScored(string RequestId, int Choice, long Epoch, ImmutableArray<PromptScore> Scores) : IWireMessage;

/// <summary>A choice was not taken, or was given up.</summary>
public sealed record RequestRefused(
    string RequestId, int Choice, RefusalKind Kind, string Message, int? RetryAfterSeconds) : IWireMessage
{
    /// <summary>Who refuses: a replica that the choice has left is not listened to. Empty where no replica is meant.</summary>
    public string ReplicaId { get; init; } = "";

    /// <summary>True where the replica can serve nobody any more: nothing is said of the choice, and another may take it.</summary>
    public bool IsOfReplica { get; init; }
}

/// <summary>Asks a replica how it is.</summary>
public sealed record GetReplicaStatus(string ReplicaId, IActorRef ReplyTo) : IReplicaMessage;

/// <summary>How a replica is.</summary>
/// <param name="ReplicaId">Which one.</param>
/// <param name="State">forming, serving or degraded.</param>
/// <param name="Reason">Why it does not serve; empty when it does.</param>
/// <param name="IsFinal">True when waiting cannot help.</param>
/// <param name="Epoch">The newest.</param>
/// <param name="Ranks">The cards of the group by rank, as people read them.</param>
/// <param name="Facts">By rank; empty while it does not serve.</param>
/// <param name="RunningCount">Choices that take part in steps.</param>
/// <param name="WaitingCount">Choices in the queue.</param>
/// <param name="BlocksUsed">KV blocks in use.</param>
public sealed record ReplicaStatus(
    string ReplicaId, string State, string Reason, bool IsFinal, long Epoch, ImmutableArray<string> Ranks,
    ImmutableArray<ModelRunnerFacts> Facts, int RunningCount, int WaitingCount, int BlocksUsed) : IWireMessage
{
    /// <summary>Names of the adapters of running choices.</summary>
    public ImmutableArray<string> RunningLoras { get; init; } = [];

    /// <summary>Names of the adapters of waiting choices.</summary>
    public ImmutableArray<string> WaitingLoras { get; init; } = [];

    /// <summary>What it has done.</summary>
    public EngineCounters Counters { get; init; } = EngineCounters.Zero;

    /// <summary>What its ranks have transferred; null without a KV connector.</summary>
    public TransferCounters? Transfers { get; init; }

    /// <summary>Prompts whose blocks are kept for another server.</summary>
    public int HeldCount { get; init; }

    /// <summary>Of the choices in the queue, those that wait for blocks from another server.</summary>
    public int DeferredCount { get; init; }

    /// <summary>What its recoveries have come to.</summary>
    public RecoveryCounters Recoveries { get; init; } = RecoveryCounters.Zero;

    /// <summary>step_fault, rank_lost or deliberate while it recovers from the end of an epoch that served; else empty.</summary>
    public string EndCause { get; init; } = "";
}
