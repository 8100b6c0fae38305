using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Requests;

/// <summary>
/// One choice at the edge: prompt and emitted tokens, the only state that must not be lost. Doubles are dropped, gaps are
/// refused by asking again; silence is answered by asking again, long silence by giving up.
/// </summary>
public sealed class RequestActor : ReceiveActor, IWithTimers
{
    private readonly GenerationRequest _request;
    private readonly string _replicaId;
    private readonly IActorRef _replicas;
    private readonly RequestSettings _settings;
    private readonly ChannelWriter<GenerationEvent> _events;
    private readonly List<int> _emitted = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private TimeSpan _silence;
    private bool _isOver;

    /// <summary>Takes what it works with.</summary>
    public RequestActor(
        GenerationRequest request, string replicaId, IActorRef replicas, RequestSettings settings,
        ChannelWriter<GenerationEvent> events)
    {
        _request = request;
        _replicaId = replicaId;
        _replicas = replicas;
        _settings = settings;
        _events = events;
        Receive<TokenGenerated>(Token);
        Receive<RequestHeld>(_ => Listen());
        Receive<RequestFinished>(Finish);
        Receive<RequestRefused>(refused => Refuse(refused.Kind, refused.Message, refused.RetryAfterSeconds));
        Receive<CloseRequest>(close =>
        {
            if (ReferenceEquals(close.Events, _events))
                Abort();
        });
        Receive<Quiet>(_ => AskAgain());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

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

    private void Token(TokenGenerated token)
    {
        if (token.Position < NextPosition)
            return; // A double: recovery and repeated asking may send a token again.
        if (token.Position > NextPosition)
        {
            _log.Debug("position {Position} came, {Next} was due: asking again", token.Position, NextPosition);
            Ask(keepSilence: true);
            return;
        }
        _emitted.Add(token.TokenId);
        if (_events.TryWrite(new GenerationEvent.Token(token.Position, token.TokenId, token.Logprob, token.Alternatives)))
            Listen();
        else
            Abort(); // Nobody has read for longer than any answer is long.
    }

    private void Finish(RequestFinished finished)
    {
        if (finished.EndPosition != NextPosition)
            Ask(keepSilence: true);
        else
            End(new GenerationEvent.Finished(finished.Reason, finished.StopTokenId));
    }

    private void Refuse(RefusalKind kind, string message, int? retryAfterSeconds)
    {
        // A replica that is being formed anew, or was and is full, refuses new work; work it had begun is asked for again.
        if (kind is RefusalKind.Unavailable or RefusalKind.QueueFull && _emitted.Count > 0)
            Listen(keepSilence: true);
        else
            End(new GenerationEvent.Refused(kind, message, retryAfterSeconds));
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
            RefusalKind.Unavailable, $"replica {_replicaId} has been silent for {_silence.TotalSeconds:0} s", 5));
    }

    private void Ask(bool keepSilence = false)
    {
        _replicas.Tell(new Generate(_replicaId, _request, [.. _emitted], Self));
        Listen(keepSilence);
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
