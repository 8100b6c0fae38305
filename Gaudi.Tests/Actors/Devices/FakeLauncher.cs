using Gaudi.Actors.Devices;

namespace Gaudi.Tests.Actors.Devices;

/// <summary>Worker processes that exist in a list only. The test says when one ends.</summary>
internal sealed class FakeLauncher(Action<WorkerLaunch>? started = null) : IWorkerLauncher
{
    private readonly List<Worker> _workers = [];

    /// <summary>Every start so far, in order.</summary>
    internal IReadOnlyList<Worker> Workers
    {
        get
        {
            lock (_workers)
                return [.. _workers];
        }
    }

    public IWorkerProcess Launch(WorkerLaunch launch, Action<WorkerExit> exited)
    {
        Worker worker;
        lock (_workers)
        {
            worker = new Worker(launch, 1000 + _workers.Count, exited);
            _workers.Add(worker);
        }
        started?.Invoke(launch);
        return worker;
    }

    internal sealed class Worker(WorkerLaunch launch, int pid, Action<WorkerExit> exited) : IWorkerProcess
    {
        internal WorkerLaunch Launch { get; } = launch;

        internal int StopCount { get; private set; }

        public int Pid { get; } = pid;

        public void Stop() => StopCount++;

        public void Kill() => End(new WorkerExit(Pid, null, 9, ""));

        internal void End(WorkerExit exit) => exited(exit);
    }
}
