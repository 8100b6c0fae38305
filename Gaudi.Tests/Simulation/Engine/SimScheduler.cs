using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>Akka's scheduler on virtual time. The system is created by the thread that pumps, which finds its engine here.</summary>
internal sealed class SimScheduler : SchedulerBase
{
    [ThreadStatic]
    private static SimEngine? _starting;

    public SimScheduler(Config config, ILoggingAdapter log) : base(config, log) =>
        Engine = _starting ?? throw new InvalidOperationException("a simulated system is made by SimEngine alone");

    /// <summary>Whose time it is.</summary>
    internal SimEngine Engine { get; }

    public override TimeSpan MonotonicClock => Engine.Now;

    public override TimeSpan HighResMonotonicClock => Engine.Now;

    protected override DateTimeOffset TimeNow => SimTime.Epoch + Engine.Now;

    /// <summary>Systems made from here on belong to this engine.</summary>
    internal static void StartFor(SimEngine? engine) => _starting = engine;

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Engine.Add(delay, new TimerEvent(Engine, receiver, message, sender, cancelable, null));

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Engine.Add(initialDelay, new TimerEvent(Engine, receiver, message, sender, cancelable, interval));

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Engine.After(delay, () =>
        {
            if (cancelable is not { IsCancellationRequested: true })
                action();
        });

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        InternalScheduleOnce(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        InternalScheduleOnce(initialDelay, () =>
        {
            action();
            InternalScheduleRepeatedly(interval, interval, action, cancelable);
        }, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        InternalScheduleRepeatedly(initialDelay, interval, action.Run, cancelable);
}
