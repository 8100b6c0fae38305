namespace Gaudi.Actors.Devices;

/// <summary>How a worker ended.</summary>
/// <param name="Pid">The process id; 0 when it could not be started.</param>
/// <param name="ExitCode">What it returned; null when a signal ended it or it never started.</param>
/// <param name="Signal">The signal that ended it, such as 9; null when it returned.</param>
/// <param name="LastErrorLines">The last lines it wrote to its standard error, oldest first.</param>
public sealed record WorkerExit(int Pid, int? ExitCode, int? Signal, string LastErrorLines);
