using System.Reflection;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>
/// Runs an actor system in virtual time on the thread that calls it: one mailbox after the other, chosen by the seed among those that
/// have something to do; when none has, time goes on to the next event. The same seed gives the same history in any process,
/// because nothing is taken in an order that a hash, a thread or a clock decides.
/// </summary>
internal sealed class SimEngine
{
    private readonly PriorityQueue<SimEvent, EventKey> _events = new();
    private readonly ReadyMailboxes _ready = new();
    private readonly Dictionary<string, SimProcess> _processes = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<SimWatch>> _watches = [];
    private readonly Lock _start = new();
    private readonly Random _picks;
    private List<Action> _held = [];
    private readonly Thread _thread = Thread.CurrentThread;
    private ulong _history = 14695981039346656037UL;
    private long _now;
    private long _eventCount;
    private int _queueCount;
    private int _processCount;
    private bool _isRunning;

    /// <summary>An engine at time zero.</summary>
    /// <param name="seed">Decides every choice.</param>
    internal SimEngine(int seed)
    {
        _picks = new Random(seed);
        // Akka names actors' lives by it, and those names are as long as their digits.
        var perThread = (ThreadLocal<Random>)typeof(ThreadLocalRandom)
            .GetField("_rng", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
        perThread.Value = new Random(seed ^ 0x5EED);
        World = Current = new SimProcess(0, "", -1);
    }

    /// <summary>The world itself: what it sends is there at once, everywhere.</summary>
    internal SimProcess World { get; }

    /// <summary>Whose actor runs now.</summary>
    internal SimProcess Current { get; set; }

    /// <summary>What lies between processes; null: nothing, and messages are there at once.</summary>
    internal ILinks? Links { get; set; }

    /// <summary>How long it takes until others know that a process has ended.</summary>
    internal TimeSpan EndKnownAfter { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Virtual time since the beginning.</summary>
    internal TimeSpan Now => new(_now);

    /// <summary>Mailboxes run so far.</summary>
    internal long RunCount { get; private set; }

    /// <summary>Events that happened so far.</summary>
    internal long FiredCount { get; private set; }

    /// <summary>A digest of the whole schedule: which mailbox ran when.</summary>
    internal ulong History => _history;

    /// <summary>The longest queue of any mailbox that was seen, and whose it was.</summary>
    internal (int Count, string Of) LongestQueue { get; private set; } = (0, "");

    /// <summary>Begins a process. Its root actor's name is its name.</summary>
    internal SimProcess NewProcess(string name, int box)
    {
        var process = new SimProcess(++_processCount, name, box);
        _processes.Add(name, process);
        return process;
    }

    /// <summary>Adds an event.</summary>
    internal void Add(TimeSpan delay, SimEvent one)
    {
        if (Thread.CurrentThread != _thread)
            return; // Of Akka's own housekeeping, which is no part of the history.
        var (to, from) = one is TimerEvent timer ? (timer.To, timer.Owner.Number) : (0, Current.Number);
        _events.Enqueue(one, new EventKey(_now + Math.Max(0, delay.Ticks), to, from, ++_eventCount));
    }

    /// <summary>Adds something that the world does.</summary>
    /// <returns>By which it can be cancelled.</returns>
    internal ActionEvent After(TimeSpan delay, Action action)
    {
        var one = new ActionEvent(() =>
        {
            Current = World;
            action();
        });
        Add(delay, one);
        return one;
    }

    /// <summary>Takes a mailbox that has something to do. Any thread before the first run, the engine's own after it.</summary>
    internal void Ready(Mailbox mailbox)
    {
        if (Thread.CurrentThread == _thread)
        {
            Insert(mailbox);
            return;
        }
        if (_isRunning)
            throw new InvalidOperationException("an actor of the simulation was told something by another thread");
        lock (_start)
            Insert(mailbox);
    }

    /// <summary>Waits until the first actor, which Akka starts on a thread of its own, can run.</summary>
    internal void AwaitStart(TimeSpan limit)
    {
        var isThere = SpinWait.SpinUntil(
            () =>
            {
                lock (_start)
                    return _ready.Count > 0;
            }, limit);
        if (!isThere)
            throw new TimeoutException($"the first actor was not started within {limit}");
    }

    /// <summary>Runs until this time, or until nothing is left to happen.</summary>
    internal void RunUntil(TimeSpan end, Func<bool>? isOver = null)
    {
        // What a task that ends here continues with runs here and now, not where a test's context would send it.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Go(end, isOver);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Go(TimeSpan end, Func<bool>? isOver)
    {
        _isRunning = true;
        Drain();
        while (isOver?.Invoke() != true && _events.TryPeek(out _, out var next) && next.At <= end.Ticks)
        {
            _now = next.At;
            while (_events.TryPeek(out var one, out var key) && key.At == _now)
            {
                _events.Dequeue();
                if (one.IsCancelled)
                    continue;
                FiredCount++;
                one.Fire();
            }
            Drain();
        }
        if (isOver?.Invoke() != true)
            _now = Math.Max(_now, end.Ticks);
    }

    /// <summary>Messages that no link carried are sent again, in their order: TCP keeps them while a link is down.</summary>
    internal void SendHeld()
    {
        var held = _held;
        _held = [];
        foreach (var send in held)
            send();
    }

    /// <summary>A process goes on after it stood still: everything that waited happens now.</summary>
    internal void Resume(SimProcess process)
    {
        process.IsPaused = false;
        foreach (var mailbox in process.Waiting)
            Insert(mailbox);
        process.Waiting.Clear();
        foreach (var one in process.Due)
            Add(TimeSpan.Zero, one);
        process.Due.Clear();
    }

    /// <summary>Tells every actor that watched one of a process that it is gone.</summary>
    internal void TellEnd(SimProcess process)
    {
        if (!_watches.Remove(process.Number, out var watches))
            return;
        foreach (var watch in watches.Where(one => !one.By.IsDead))
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, true, true));
    }

    /// <summary>The queue of a new mailbox; null for one of Akka's own.</summary>
    internal SimQueue? NewQueue(ActorPath path) => IsOurs(path) ? new(++_queueCount, ProcessOf(path) ?? World) : null;

    // user / sim / ...
    private static bool IsOurs(ActorPath path)
    {
        while (path.Depth > 2)
            path = path.Parent;
        return path.Depth == 2 && path.Name == "sim";
    }

    /// <summary>The mailbox of a receiver; 0 where it has none.</summary>
    internal int NumberOf(ICanTell receiver) =>
        receiver is ActorRefWithCell { Underlying: ActorCell { Mailbox.MessageQueue: SimQueue queue } } ? queue.Number : 0;

    /// <summary>The process of an actor; null where it is none of the simulation's.</summary>
    internal SimProcess? ProcessOf(ActorPath path)
    {
        // user / sim / process / ...
        while (path.Depth > 3)
            path = path.Parent;
        return path.Depth == 3 ? _processes.GetValueOrDefault(path.Name) : null;
    }

    /// <summary>Takes a message that leaves its process.</summary>
    /// <returns>False where it stays in its process.</returns>
    internal bool Carries(ActorCell cell, object message, IActorRef? sender)
    {
        if (Current == World || Thread.CurrentThread != _thread)
            return false;
        var to = cell.Mailbox?.MessageQueue is SimQueue queue ? queue.Process : ProcessOf(cell.Self.Path) ?? World;
        if (to == Current || to == World)
            return false;
        var isSystem = message is SystemMessage;
        if (message is Watch watch)
            Remember(watch, to);
        else if (message is Unwatch unwatch)
            Forget(unwatch, to);
        else if (isSystem && message is not DeathWatchNotification)
            return false; // Of a parent to its child: the root of a process is the world's.
        Send(Current, to, cell, message, sender, isSystem);
        return true;
    }

    private void Send(SimProcess from, SimProcess to, ActorCell cell, object message, IActorRef? sender, bool isSystem)
    {
        if (from.IsDead || to.IsDead)
            return;
        var carried = Links?.Carry(from, to, message, isSystem);
        if (Links is not null && carried is null)
        {
            _held.Add(() => Send(from, to, cell, message, sender, isSystem));
            return;
        }
        var (arriving, delay) = carried ?? (message, TimeSpan.Zero);
        var at = from.Arrive(to, _now + delay.Ticks);
        var number = cell.Mailbox?.MessageQueue is SimQueue its ? its.Number : 0;
        _events.Enqueue(new DeliveryEvent(this, to, cell, arriving, sender), new EventKey(at, number, from.Number, ++_eventCount));
    }

    /// <summary>A message has arrived.</summary>
    internal void Deliver(ActorCell cell, object message, IActorRef? sender)
    {
        var dispatcher = (SimDispatcher)cell.Dispatcher;
        if (message is SystemMessage system)
            dispatcher.Deliver(cell, system);
        else
            dispatcher.Deliver(cell, new Envelope(message, sender, cell.System));
    }

    private void Remember(Watch watch, SimProcess to)
    {
        if (to.IsDead)
        {
            After(EndKnownAfter, () => watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, true, true)));
            return;
        }
        if (!_watches.TryGetValue(to.Number, out var watches))
            _watches[to.Number] = watches = [];
        watches.Add(new SimWatch(watch.Watchee, watch.Watcher, Current));
    }

    private void Forget(Unwatch unwatch, SimProcess to) => _watches.GetValueOrDefault(to.Number)?.RemoveAll(
        one => one.Watchee.Equals(unwatch.Watchee) && one.Watcher.Equals(unwatch.Watcher));

    private void Insert(Mailbox mailbox) => _ready.Add(((SimQueue)mailbox.MessageQueue).Number, mailbox);

    private void Drain()
    {
        while (_ready.Count > 0)
        {
            var mailbox = _ready.Take(_ready.Count == 1 ? 0 : _picks.Next(_ready.Count));
            Run(mailbox, (SimQueue)mailbox.MessageQueue);
        }
    }

    private void Run(Mailbox mailbox, SimQueue queue)
    {
        var process = queue.Process;
        if (process.IsPaused && !process.IsDead)
        {
            process.Waiting.Add(mailbox);
            return;
        }
        if (process.Card is { } card && !queue.IsOpen && mailbox.Dispatcher is SimDispatcher { IsCard: true }
            && queue.Head is { } head && card.Blocks(mailbox, head))
            return;
        if (queue.Count > LongestQueue.Count)
            LongestQueue = (queue.Count, process.Name);
        RunCount++;
        _history = ((_history ^ (ulong)_now) * 1099511628211UL ^ (uint)queue.Number) * 1099511628211UL;
        Current = process;
        queue.MayTake = true;
        mailbox.Run();
        Current = World;
    }
}
