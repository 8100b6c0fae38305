using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Requests;

/// <summary>
/// The edge: one child a choice, and a limit on how many. A request's choices are all let in, or none is. Where the model has
/// several replicas it knows how each is, says where a choice begins, and where it goes on when its replica is lost.
/// </summary>
public sealed class RequestGateway : ReceiveActor, IWithTimers
{
    private readonly Dictionary<(string RequestId, int Choice), IActorRef> _open = [];
    private readonly GatewayPlaces _places;
    private readonly RequestSettings _settings;
    private readonly IActorRef _replicas;
    private readonly Func<string, bool> _isServed;
    private readonly ReplicaRouting _routing;
    private readonly OpenRoutes _routes;
    private readonly HashSet<string> _served = new(StringComparer.Ordinal);

    /// <summary>Takes what it works with.</summary>
    /// <param name="settings">Limits and patience.</param>
    /// <param name="replicas">Takes IReplicaMessage: the shard region, or a replica itself in tests.</param>
    /// <param name="isServed">Whether a model is served.</param>
    /// <param name="routing">Its replicas.</param>
    public RequestGateway(RequestSettings settings, IActorRef replicas, Func<string, bool> isServed, ReplicaRouting routing)
    {
        (_settings, _replicas, _isServed, _routing) = (settings, replicas, isServed, routing);
        _routes = new OpenRoutes(routing);
        _places = new GatewayPlaces(settings.OpenMax);
        Receive<OpenRequest>(Open);
        Receive<CloseRequest>(close =>
        {
            if (_open.TryGetValue((close.RequestId, close.Choice), out var request))
                request.Tell(close);
        });
        Receive<ReleaseKept>(release =>
        {
            if (!_isServed(release.Model))
                return;
            foreach (var replicaId in _routing.ReplicaIds)
                _replicas.Tell(new ReleaseBlocks(replicaId, release.Key));
        });
        Receive<Terminated>(ended =>
        {
            var key = _open.First(one => one.Value.Equals(ended.ActorRef)).Key;
            _open.Remove(key);
            _routes.Close(key);
            _places.Leave();
        });
        Receive<RouteRefused>(refused => Sender.Tell(
            _routes.Refuse((refused.RequestId, refused.Choice), refused.ReplicaId) is { } next
                ? new RouteTo(next, IsLost: false)
                : new NoOtherRoute()));
        Receive<RouteProgressed>(progress => _routes.MoveForward((progress.RequestId, progress.Choice), progress.EmittedCount));
        Receive<ReplicaChanged>(heard => Move(_routes.Hear(heard)));
        Receive<WatchTurn>(_ => AskReplicas());
        Receive<ReplicaServes>(serves =>
        {
            _served.Add(serves.ReplicaId);
            if (!serves.IsOther)
                return;
            foreach (var open in _open.Values)
                open.Tell(serves);
        });
        Receive<GroupLapsed>(lapsed => _places.Lapse(lapsed.GroupId));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        if (!_routes.HasChoice)
            return;
        AskReplicas();
        Timers.StartPeriodicTimer(nameof(WatchTurn), new WatchTurn(), _routing.Settings.Watch);
    }

    /// <summary>Not kept: a choice whose actor throws is answered by its PostStop.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <summary>The choices that are open end with it and say so; the one that was being opened is answered here.</summary>
    protected override void PreRestart(Exception reason, object? message)
    {
        if (message is OpenRequest open)
            Refuse(open, RefusalKind.Failed, "the gateway ended before the request was let in", null);
        base.PreRestart(reason, message);
    }

    private void Open(OpenRequest open)
    {
        var (request, key) = (open.Request, (open.Request.RequestId, open.Request.Choice));
        if (!_isServed(request.Model))
            Refuse(open, RefusalKind.UnknownModel, $"The model `{request.Model}` does not exist.", null);
        else if (!HasPlace(open))
            return;
        else if (_open.ContainsKey(key))
        {
            _places.Leave();
            Refuse(open, RefusalKind.Invalid, $"request {key.RequestId} is running already", null);
        }
        else
        {
            var (replica, router) = (_routes.Open(request), _routes.HasChoice ? Self : null);
            var hasServed = _served.Contains(replica);
            // By type: an expression would be compiled anew for each request, which takes half a millisecond.
            _open.Add(key, Context.Watch(Context.ActorOf(
                Props.Create<RequestActor>(request, replica, _replicas, _settings, open.Events, router!, hasServed))));
        }
    }

    private void AskReplicas()
    {
        Move(_routes.Beat());
        foreach (var replicaId in _routing.ReplicaIds)
            _replicas.Tell(new WatchReplica(replicaId, Self));
    }

    private void Move(ImmutableArray<((string RequestId, int Choice) Key, string ReplicaId)> moved)
    {
        foreach (var (key, replicaId) in moved)
            _open[key].Tell(new RouteTo(replicaId, IsLost: true));
    }

    private bool HasPlace(OpenRequest open)
    {
        var group = open.Request.Group;
        var answer = _places.Arrive(group);
        AwaitOthers(group);
        var (size, openMax) = (group?.Size ?? 1, _settings.OpenMax);
        switch (answer)
        {
            case PlaceAnswer.Full:
                Refuse(
                    open, RefusalKind.QueueFull,
                    $"{_places.TakenCount} of {openMax} places are taken at this gateway and the request needs {size}; "
                    + "try again later", 1);
                break;
            case PlaceAnswer.TooLarge:
                Refuse(
                    open, RefusalKind.Invalid,
                    $"expected at most {openMax} choices in one request (gaudi.requests.open-max), got {size}; "
                    + "ask for fewer at once", null);
                break;
        }
        return answer == PlaceAnswer.Taken;
    }

    // All choices of a request are sent in one breath: one that is not here long after the first will not come.
    private void AwaitOthers(ChoiceGroup? group)
    {
        if (group is null)
            return;
        if (_places.Awaits(group.Id))
            Timers.StartSingleTimer(group.Id, new GroupLapsed(group.Id), _settings.GiveUp);
        else
            Timers.Cancel(group.Id);
    }

    private static void Refuse(OpenRequest open, RefusalKind kind, string message, int? retryAfterSeconds)
    {
        open.Events.TryWrite(new GenerationEvent.Refused(kind, message, retryAfterSeconds));
        open.Events.TryComplete();
    }

    private sealed record WatchTurn : ILocalMessage;

    private sealed record GroupLapsed(string GroupId) : ILocalMessage;
}
