namespace Gaudi.Cluster.Node;

/// <summary>How workers are started.</summary>
/// <param name="Program">Full path of the program `gaudi`.</param>
/// <param name="Settings">HOCON given to each worker: what the node itself was started with.</param>
/// <param name="ThreadCount">
/// Threads of a worker's arithmetic, where the user's OMP_NUM_THREADS does not say: cards share the processor.
/// </param>
/// <param name="StopGrace">How long a worker that was asked to leave may take before it is killed.</param>
/// <param name="LastWords">How long the output of a worker that has ended is waited for.</param>
/// <param name="SignalGrace">How long a worker that got a signal to end waits to be let go.</param>
/// <param name="Log">Where the workers' lines go, each with the prefix `[card N] `.</param>
internal sealed record WorkerLauncherSettings(
    string Program, string Settings, int ThreadCount, TimeSpan StopGrace, TimeSpan LastWords,
    TimeSpan SignalGrace, TextWriter Log);
