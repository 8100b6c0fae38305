namespace Gaudi.Cluster.Http;

/// <summary>
/// Who is inside the server. A request that was let in is accepted: a drain waits for it. Once shut, the door lets nobody in;
/// what came before and what came after is decided under one lock. Any thread.
/// </summary>
internal sealed class RequestDoor
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _isShut;

    /// <summary>Requests inside.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Lets nobody in any more.</summary>
    public bool IsShut
    {
        get
        {
            lock (_lock)
                return _isShut;
        }
    }

    /// <summary>Completes when the door is shut and everybody has left.</summary>
    public Task Empty => _empty.Task;

    /// <summary>Lets a request in.</summary>
    /// <returns>False when the door is shut.</returns>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_isShut)
                return false;
            _count++;
            return true;
        }
    }

    /// <summary>A request that was let in has its answer.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _count--;
            TellWhenEmpty();
        }
    }

    /// <summary>Lets nobody in any more.</summary>
    /// <returns>How many are inside.</returns>
    public int Shut()
    {
        lock (_lock)
        {
            _isShut = true;
            TellWhenEmpty();
            return _count;
        }
    }

    private void TellWhenEmpty()
    {
        if (_isShut && _count == 0)
            _empty.TrySetResult();
    }
}
