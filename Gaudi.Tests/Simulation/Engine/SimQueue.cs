using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>The messages of one mailbox, whose owner and process are known. One thread.</summary>
/// <param name="number">Its place in the order of all mailboxes: the order actors were made in.</param>
/// <param name="process">Where its owner lives.</param>
internal sealed class SimQueue(int number, SimProcess process) : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly LinkedList<Envelope> _stashed = [];
    private readonly Queue<Envelope> _messages = new(4);

    /// <summary>Its place in the order of all mailboxes.</summary>
    internal int Number => number;

    /// <summary>Where its owner lives.</summary>
    internal SimProcess Process => process;

    /// <summary>The call at its head is over: it may be handled.</summary>
    internal bool IsOpen { get; set; }

    /// <summary>The next message may be taken: one a run, so that the seed has a say before each.</summary>
    internal bool MayTake { get; set; }

    public bool HasMessages => _stashed.Count + _messages.Count > 0;

    public int Count => _stashed.Count + _messages.Count;

    /// <summary>The next message; null for none.</summary>
    internal object? Head => _stashed.First?.Value.Message ?? (_messages.TryPeek(out var head) ? head.Message : null);

    public void Enqueue(IActorRef receiver, Envelope envelope) => _messages.Enqueue(envelope);

    public void EnqueueFirst(Envelope envelope) => _stashed.AddFirst(envelope);

    public bool TryDequeue([MaybeNullWhen(false)] out Envelope envelope)
    {
        envelope = default;
        if (!MayTake)
            return false;
        (MayTake, IsOpen) = (false, false);
        return Take(out envelope);
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (Take(out var envelope))
            deadletters.Enqueue(owner, envelope);
    }

    private bool Take(out Envelope envelope)
    {
        if (_stashed.First is not { } first)
            return _messages.TryDequeue(out envelope);
        envelope = first.Value;
        _stashed.RemoveFirst();
        return true;
    }
}
