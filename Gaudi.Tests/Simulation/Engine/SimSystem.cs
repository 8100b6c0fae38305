using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>An actor system whose every actor runs on an engine.</summary>
internal sealed class SimSystem : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private const string Dispatchers = """
        akka {
          loglevel = OFF
          loggers = []
          stdout-loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          scheduler.implementation = "Gaudi.Tests.Simulation.Engine.SimScheduler, gaudi-simulate"
          actor {
            default-dispatcher.type = "Gaudi.Tests.Simulation.Engine.SimDispatcher+Maker, gaudi-simulate"
            default-mailbox.mailbox-type = "Gaudi.Tests.Simulation.Engine.SimMailboxType, gaudi-simulate"
            mailbox.unbounded-deque-based.mailbox-type = "Gaudi.Tests.Simulation.Engine.SimMailboxType, gaudi-simulate"
          }
        }
        gaudi-card {
          type = "Gaudi.Tests.Simulation.Engine.SimDispatcher+Maker, gaudi-simulate"
          gaudi-sim-role = card
        }
        """;

    private readonly IActorRef _root;

    /// <summary>Starts the system; its root can run.</summary>
    /// <param name="engine">On this thread.</param>
    /// <param name="chain">The product's configuration.</param>
    internal SimSystem(SimEngine engine, Config chain)
    {
        Engine = engine;
        SimScheduler.StartFor(engine);
        try
        {
            Actors = (ExtendedActorSystem)ActorSystem.Create(
                "gaudi", BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(Dispatchers).WithFallback(chain)));
        }
        finally
        {
            SimScheduler.StartFor(null);
        }
        _root = Actors.ActorOf(Props.Create<SimRoot>(), "sim");
        engine.AwaitStart(StartLimit);
        engine.RunUntil(TimeSpan.Zero);
    }

    /// <summary>Whose engine it is.</summary>
    internal SimEngine Engine { get; }

    /// <summary>The system.</summary>
    internal ExtendedActorSystem Actors { get; }

    /// <summary>Starts a process: an empty root in which actors can be created.</summary>
    internal (SimProcess Process, IActorContext Root) StartProcess(string name, int box)
    {
        var process = Engine.NewProcess(name, box);
        var root = ContextOf(_root).ActorOf(Props.Create<SimRoot>(), name);
        return (process, ContextOf(root));
    }

    /// <summary>Ends a process at once: nothing that its actors do while they stop leaves it.</summary>
    internal void EndProcess(SimProcess process, IActorContext root)
    {
        process.IsDead = true;
        if (process.IsPaused)
            Engine.Resume(process);
        Engine.Current = Engine.World;
        ((IInternalActorRef)root.Self).Stop();
        Engine.After(Engine.EndKnownAfter, () => Engine.TellEnd(process));
    }

    /// <summary>An actor of the world that hands what it is told to a function.</summary>
    internal IActorRef Probe<T>(Action<T> told) => ContextOf(_root).ActorOf(Props.Create(() => new SimProbe<T>(told)));

    /// <summary>Stops all threads of the system. The engine runs nothing more.</summary>
    public void Dispose() => _ = Actors.Terminate();

    private static IActorContext ContextOf(IActorRef actor) => (IActorContext)((ActorRefWithCell)actor).Underlying;
}
