namespace Gaudi.Actors.Devices;

/// <summary>A worker that was started. Any thread; calls after its end do nothing.</summary>
public interface IWorkerProcess
{
    /// <summary>The process id; 0 when it could not be started.</summary>
    int Pid { get; }

    /// <summary>Asks the worker to leave, and kills it when it has not left within the grace.</summary>
    void Stop();

    /// <summary>Ends the worker at once, also when it is stopped by SIGSTOP.</summary>
    void Kill();
}
