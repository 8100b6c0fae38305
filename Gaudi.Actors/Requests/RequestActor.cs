using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Requests;

/// <summary>
/// One choice at the edge: prompt, how far it is scored, and emitted tokens, the only state that must not be lost. Doubles
/// are dropped, gaps are refused by asking again; silence is answered by asking again, long silence by giving up. Where there are
/// several replicas the gateway says where it goes on, with what it has.
/// </summary>
public sealed class RequestActor : ReceiveActor, IWithTimers
{
    private const int LoadTokens = 16;

    private readonly GenerationRequest _request;
    private string _replicaId;
    private readonly IActorRef? _router;
    private readonly bool _hasServed;
    private readonly IActorRef _replicas;
    private readonly RequestSettings _settings;
    private readonly ChannelWriter<GenerationEvent> _events;
    private readonly List<int> _emitted = [];
    private int _nextScorePosition = 1; // The first token has nothing before it.
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private TimeSpan _silence;
    private bool _hasAsked; // For what is due now, because something later came.
    private bool _isOver;
    private bool _isFirst = true; // No token of this replica came yet.
    private int _untoldCount; // Tokens that the gateway has not heard of.
    private bool _wasLost; // By a replica that had it.
    private RequestRefused? _refusal; // Stands unless another replica takes the choice.
    private int _failedStepCount; // Since the last new token.
    private string _obstacle = "";

    /// <summary>Takes what it works with.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="replicaId">Where it begins.</param>
    /// <param name="replicas">Takes replica messages.</param>
    /// <param name="settings">Patience.</param>
    /// <param name="events">What happens to it.</param>
    /// <param name="router">The gateway, which knows of other replicas; null where there is one alone.</param>
    /// <param name="hasServed">Whether the replica was seen serving: one that does not serve yet is in the place of a lost one.</param>
    public RequestActor(
        GenerationRequest request, string replicaId, IActorRef replicas, RequestSettings settings,
        ChannelWriter<GenerationEvent> events, IActorRef? router, bool hasServed)
    {
        (_router, _hasServed) = (router, hasServed);
        _request = request;
        _replicaId = replicaId;
        _replicas = replicas;
        _settings = settings;
        _events = events;
        Receive<PromptScored>(Score);
        Receive<TokenGenerated>(Token);
        Receive<RequestHeld>(held =>
        {
            _obstacle = held.Obstacle;
            Listen(keepSilence: held.Obstacle.Length > 0); // It is held, and nothing goes on.
        });
        Receive<RequestFaulted>(faulted =>
        {
            _failedStepCount = faulted.FailedStepCount;
            Listen();
        });
        Receive<RequestFinished>(Finish);
        Receive<RequestRefused>(Refuse);
        Receive<RouteTo>(GoTo);
        Receive<NoOtherRoute>(_ => Stay());
        Receive<CloseRequest>(close =>
        {
            if (ReferenceEquals(close.Events, _events))
                Abort();
        });
        Receive<Quiet>(_ => AskAgain());
        Receive<ReplicaServes>(serves =>
        {
            if (serves.ReplicaId != _replicaId)
                return;
            _wasLost |= serves.IsOther;
            Ask(keepSilence: true);
        });
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private bool MissesScores =>
        _request.PromptLogprobCount is not null && _nextScorePosition < _request.PromptTokenIds.Length;

    private int NextPosition => _request.PromptTokenIds.Length + _emitted.Count;

    /// <inheritdoc />
    protected override void PreStart() => Ask();

    /// <inheritdoc />
    protected override void PostStop()
    {
        if (!_isOver)
        {
            FreeReplica();
            _events.TryWrite(new GenerationEvent.Refused(RefusalKind.Failed, "the request's actor ended before its answer", null));
        }
        _events.TryComplete();
    }

    private void Score(PromptScored scored)
    {
        var news = scored.Scores.RemoveAll(score => score.Position < _nextScorePosition);
        if (news.IsEmpty || !MissesScores)
            return; // Doubles: a prompt that is computed anew is scored anew.
        if (news.Where((score, index) => score.Position != _nextScorePosition + index).Any())
        {
            AskAfterGap(news[0].Position, _nextScorePosition);
            return;
        }
        _nextScorePosition += news.Length;
        Tell(new GenerationEvent.PromptScored(news));
    }

    private void Token(TokenGenerated token)
    {
        if (token.Position < NextPosition)
            return; // A double: recovery and repeated asking may send a token again.
        if (token.Position > NextPosition || MissesScores)
        {
            AskAfterGap(token.Position, MissesScores ? _nextScorePosition : NextPosition);
            return;
        }
        _emitted.Add(token.TokenId);
        _failedStepCount = 0;
        Tell(new GenerationEvent.Token(token.Position, token.TokenId, token.Logprob, token.Alternatives)
        {
            CachedTokenCount = token.CachedTokenCount, Queued = token.Queued,
        });
        // Often enough for a load: nothing is decided by single tokens.
        if (++_untoldCount == LoadTokens || _isFirst)
            TellProgress();
    }

    private void TellProgress()
    {
        (_untoldCount, _isFirst) = (0, false);
        _router?.Tell(new RouteProgressed(_request.RequestId, _request.Choice, _emitted.Count));
    }

    private void Tell(GenerationEvent happened)
    {
        _hasAsked = false;
        if (_events.TryWrite(happened))
            Listen();
        else
            Abort(); // Nobody has read for longer than any answer is long.
    }

    private void AskAfterGap(int position, int due)
    {
        if (_hasAsked)
            return; // What follows a gap in one burst shows the same gap.
        _hasAsked = true;
        _log.Debug("position {Position} came, {Due} was due: asking again", position, due);
        Ask(keepSilence: true);
    }

    private void Finish(RequestFinished finished)
    {
        if (finished.EndPosition != NextPosition)
            AskAfterGap(finished.EndPosition, NextPosition);
        else
            End(new GenerationEvent.Finished(finished.Reason, finished.StopTokenId)
            {
                CachedTokenCount = finished.CachedTokenCount, Vector = finished.Vector, KvTransfer = finished.KvTransfer,
            });
    }

    private void Refuse(RequestRefused refused)
    {
        if (refused.ReplicaId.Length > 0 && refused.ReplicaId != _replicaId)
            return; // It has left that one.
        _refusal = refused;
        _wasLost |= _hasServed && refused.IsOfReplica; // It was let in, and the replica is another now.
        if (_router is null || !(refused.IsOfReplica || IsPassing(refused.Kind)))
            Stay();
        else
        {
            _router.Tell(new RouteRefused(_request.RequestId, _request.Choice, _replicaId));
            Listen(keepSilence: true);
        }
    }

    private static bool IsPassing(RefusalKind kind) => kind is RefusalKind.Unavailable or RefusalKind.QueueFull;

    // What was let in is asked for again: a replica that comes up in the place of a lost one refuses until it has cards, and one that
    // is formed anew may be full.
    private void Stay()
    {
        if (_refusal is not { } refused)
            return;
        _refusal = null;
        // Where no time to try again is named, there will be none.
        if (IsPassing(refused.Kind) && refused.RetryAfterSeconds is not null && (_emitted.Count > 0 || _wasLost))
            Listen(keepSilence: true);
        else
            End(new GenerationEvent.Refused(refused.Kind, refused.Message, refused.RetryAfterSeconds));
    }

    // What the old one still sends are doubles, or tokens that the new one will send as doubles: both draw the same.
    private void GoTo(RouteTo route)
    {
        if (route.ReplicaId == _replicaId)
            return;
        _log.Debug("goes on at {Next} after {Count} tokens of {Last}", route.ReplicaId, _emitted.Count, _replicaId);
        FreeReplica();
        (_replicaId, _refusal, _hasAsked, _isFirst) = (route.ReplicaId, null, false, true);
        _wasLost |= route.IsLost;
        Ask(keepSilence: true);
    }

    private void FreeReplica() => _replicas.Tell(new AbortRequest(_replicaId, _request.RequestId, _request.Choice));

    private void Abort()
    {
        FreeReplica();
        End(new GenerationEvent.Finished(FinishReason.Abort, null));
    }

    private void AskAgain()
    {
        _silence += _settings.Retry;
        if (_silence < _settings.GiveUp)
            Ask(keepSilence: true);
        else
            GiveUp();
    }

    private void GiveUp()
    {
        FreeReplica();
        End(new GenerationEvent.Refused(
            RefusalKind.Unavailable,
            _obstacle.Length == 0
                ? $"replica {_replicaId} has been silent for {_silence.TotalSeconds:0} s"
                : $"replica {_replicaId} has not served for {_silence.TotalSeconds:0} s: {_obstacle}", 5));
    }

    private void Ask(bool keepSilence = false)
    {
        // A prompt that is scored to its end is not scored again: what is left of the choice may use the prefix cache.
        var request = MissesScores ? _request : _request with { PromptLogprobCount = null };
        // It was admitted with the others of its request, elsewhere.
        request = _wasLost ? request with { Group = null } : request;
        Listen(keepSilence);
        _replicas.Tell(new Generate(_replicaId, request, [.. _emitted], Self)
        {
            FailedStepCount = _failedStepCount,
        });
    }

    private void Listen(bool keepSilence = false)
    {
        if (!keepSilence)
            _silence = TimeSpan.Zero;
        Timers.StartSingleTimer(nameof(Quiet), new Quiet(), _settings.Retry);
    }

    private void End(GenerationEvent last)
    {
        _isOver = true;
        _events.TryWrite(last);
        Context.Stop(Self);
    }

    private sealed record Quiet : ILocalMessage;
}
