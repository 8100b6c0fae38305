using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>Hands mailboxes to the engine, which runs them one at a time, and messages that leave a process to its links.</summary>
internal sealed class SimDispatcher : MessageDispatcher
{
    private readonly SimEngine _engine;

    internal SimDispatcher(Maker configurator) : base(configurator)
    {
        _engine = ((SimScheduler)configurator.Prerequisites.Scheduler).Engine;
        Throughput = 1;
        IsCard = configurator.Config.GetString("gaudi-sim-role", "") == "card";
    }

    /// <summary>Whether its actors are ranks, whose calls block a thread in the product.</summary>
    internal bool IsCard { get; }

    public override void Dispatch(ActorCell cell, Envelope envelope)
    {
        if (!_engine.Carries(cell, envelope.Message, envelope.Sender))
            base.Dispatch(cell, envelope);
    }

    public override void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        if (!_engine.Carries(cell, message, null))
            base.SystemDispatch(cell, message);
    }

    /// <summary>Puts a message into the mailbox: it has arrived.</summary>
    internal void Deliver(ActorCell cell, Envelope envelope) => base.Dispatch(cell, envelope);

    /// <summary>Puts a message into the mailbox: it has arrived.</summary>
    internal void Deliver(ActorCell cell, SystemMessage message) => base.SystemDispatch(cell, message);

    protected override void ExecuteTask(IRunnable run) => _engine.Ready((Mailbox)run);

    protected override void Shutdown()
    {
    }

    /// <summary>Named in the simulation's configuration.</summary>
    internal sealed class Maker(Config config, IDispatcherPrerequisites prerequisites)
        : MessageDispatcherConfigurator(config, prerequisites)
    {
        private SimDispatcher? _dispatcher;

        public override MessageDispatcher Dispatcher() => _dispatcher ??= new SimDispatcher(this);
    }
}
