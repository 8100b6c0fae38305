using System.Threading.Channels;

namespace Gaudi.Cluster.Node;

/// <summary>The one thread that starts worker processes.</summary>
/// <remarks>
/// A worker asks the kernel to be killed when its parent dies (PR_SET_PDEATHSIG). For the kernel the parent is the
/// thread that forked, not the process (prctl(2)): a thread-pool thread that retires would take its workers along.
/// So this thread lives as long as the workers it started, and ending it ends them.
/// </remarks>
internal sealed class SpawnThread : IDisposable
{
    private readonly Channel<Action> _work = Channel.CreateBounded<Action>(256);
    private readonly Thread _thread;

    internal SpawnThread()
    {
        _thread = new Thread(Serve) { IsBackground = true, Name = "worker-spawn" };
        _thread.Start();
    }

    /// <summary>Runs the work on the thread and waits for it: starting a process takes a few milliseconds.</summary>
    /// <exception cref="ObjectDisposedException">The thread was ended.</exception>
    internal T Run<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var accepted = _work.Writer.TryWrite(() =>
        {
            try
            {
                answer.SetResult(work());
            }
            catch (Exception problem)
            {
                answer.SetException(problem);
            }
        });
        ObjectDisposedException.ThrowIf(!accepted, this);
        return answer.Task.GetAwaiter().GetResult();
    }

    /// <summary>Ends the thread. Every worker it started that still lives is killed by the kernel.</summary>
    public void Dispose()
    {
        _work.Writer.TryComplete();
        _thread.Join();
    }

    private void Serve()
    {
        while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_work.Reader.TryRead(out var action))
                action();
        }
    }
}
