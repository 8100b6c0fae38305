namespace Gaudi.Actors.Devices;

/// <summary>Starts the worker process of a card. Any thread.</summary>
public interface IWorkerLauncher
{
    /// <summary>Starts a worker. Its end is reported exactly once, whatever ended it.</summary>
    /// <param name="launch">What to start.</param>
    /// <param name="exited">Called once, on any thread; also when the process could not be started at all.</param>
    IWorkerProcess Launch(WorkerLaunch launch, Action<WorkerExit> exited);
}
