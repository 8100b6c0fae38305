using Akka.Actor;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Requests;

/// <summary>The edge: one child a choice, and a limit on how many.</summary>
public sealed class RequestGateway : ReceiveActor
{
    private readonly Dictionary<(string RequestId, int Choice), IActorRef> _open = [];

    /// <summary>Takes what it works with.</summary>
    /// <param name="settings">Limits and patience.</param>
    /// <param name="replicas">Takes IReplicaMessage: the shard region, or a replica itself in tests.</param>
    /// <param name="replicaOf">The replica that serves a model; null for an unknown model.</param>
    public RequestGateway(RequestSettings settings, IActorRef replicas, Func<string, string?> replicaOf)
    {
        Receive<OpenRequest>(open =>
        {
            var key = (open.Request.RequestId, open.Request.Choice);
            if (replicaOf(open.Request.Model) is not { } replica)
                Refuse(open, RefusalKind.UnknownModel, $"The model `{open.Request.Model}` does not exist.", null);
            else if (_open.Count >= settings.OpenMax)
                Refuse(open, RefusalKind.QueueFull, $"{_open.Count} requests are open at this gateway; try again later", 1);
            else if (_open.ContainsKey(key))
                Refuse(open, RefusalKind.Invalid, $"request {key.RequestId} is running already", null);
            else
                _open.Add(key, Context.Watch(Context.ActorOf(
                    Props.Create(() => new RequestActor(open.Request, replica, replicas, settings, open.Events)))));
        });
        Receive<CloseRequest>(close =>
        {
            if (_open.TryGetValue((close.RequestId, close.Choice), out var request))
                request.Tell(close);
        });
        Receive<Terminated>(ended =>
        {
            var key = _open.First(one => one.Value.Equals(ended.ActorRef)).Key;
            _open.Remove(key);
        });
    }

    /// <summary>Not kept: a choice whose actor throws is answered by its PostStop.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private static void Refuse(OpenRequest open, RefusalKind kind, string message, int? retryAfterSeconds)
    {
        open.Events.TryWrite(new GenerationEvent.Refused(kind, message, retryAfterSeconds));
        open.Events.TryComplete();
    }
}
