using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

// LoRA adapters: who asks for one, and what becomes of those who wait.
public sealed partial class ReplicaActor
{
    private void Load(LoadAdapter load)
    {
        if (_group.State != TpGroupState.Serving)
            load.ReplyTo.Tell(new AdapterLoaded(load.Adapter.Id, $"replica {_parts.ReplicaId} does not serve: {Reason()}", true));
        else if (_loras.Obstacle(load.Adapter) is not { } obstacle)
            load.ReplyTo.Tell(new AdapterLoaded(load.Adapter.Id, null, false));
        else if (obstacle.Kind != RefusalKind.Unavailable)
            load.ReplyTo.Tell(new AdapterLoaded(load.Adapter.Id, obstacle.Reason, false));
        else
            Want(load.Adapter, load.ReplyTo);
    }

    private void Want(LoraAdapter adapter, IActorRef? waiter)
    {
        if (_loras.Begin(adapter, waiter))
            _supervisor.Tell(new LoadGroupLora(adapter));
    }

    private void Unload(UnloadAdapter unload)
    {
        _loras.Leave(unload.LoraId);
        DropLeftLoras();
        unload.ReplyTo.Tell(new AdapterUnloaded(unload.LoraId));
    }

    private void Loaded(GroupLoraLoaded loaded)
    {
        foreach (var waiter in _loras.Loaded(loaded.LoraId, loaded.Refusal, loaded.IsUnavailable))
            waiter.Tell(new AdapterLoaded(loaded.LoraId, loaded.Refusal, loaded.IsUnavailable));
        if (loaded is { Refusal: { } reason, IsUnavailable: false })
            DropAllOf(loaded.LoraId, reason);
        DropLeftLoras();
    }

    // A new rank could not load what the others had: its choices wait, because an epoch has just ended.
    private void DropAllOf(string loraId, string reason)
    {
        var left = _choices.Values.Where(one => one.Finished is null && one.Sequence.Request.CacheKeys.LoraId == loraId)
            .Select(one => one.Sequence).OrderBy(one => one.Id).ToList();
        foreach (var sequence in left.Where(sequence => _scheduler!.Abort(sequence)))
            Drop(sequence, $"the adapter `{sequence.Request.Lora?.Name}` was lost: {reason}");
    }

    private void DropLeftLoras()
    {
        foreach (var id in _loras.TakeLeft(id => _scheduler?.UsesLora(id) == true))
            _supervisor.Tell(new DropGroupLora(id));
    }
}
