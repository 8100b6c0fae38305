namespace Gaudi.Hpu.Collectives;

/// <summary>
/// What the ranks of one group share in one epoch: a slot of bytes for each rank, in two generations. A rank fills its slot
/// and waits for the others; it may then read every slot until it enters its next call. Two generations are enough: a slot
/// is filled again two calls later, and then every rank has entered the call between, so it has read.
/// </summary>
internal sealed class InProcessGroup(long epoch, int worldSize)
{
    private readonly object _gate = new();
    private readonly bool[] _joined = new bool[worldSize];
    private readonly long[] _entered = new long[worldSize];
    private readonly CollectiveCall[] _calls = new CollectiveCall[2 * worldSize];
    private readonly byte[][] _slots = Enumerable.Repeat(Array.Empty<byte>(), 2 * worldSize).ToArray();
    private string? _abortReason;

    public long Epoch { get; } = epoch;

    public int WorldSize { get; } = worldSize;

    /// <exception cref="CollectiveAbortedException">The epoch has ended, the rank is taken, or the sizes differ.</exception>
    public void Join(int rank, int claimedWorldSize)
    {
        lock (_gate)
        {
            ThrowIfAborted();
            if (claimedWorldSize != WorldSize)
            {
                throw new CollectiveAbortedException(
                    Epoch, $"rank {rank} came with world size {claimedWorldSize}, the group was made with {WorldSize}");
            }
            if (_joined[rank])
                throw new CollectiveAbortedException(Epoch, $"rank {rank} is already in the group");
            _joined[rank] = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Returns when every rank has joined.</summary>
    /// <exception cref="CollectiveAbortedException">Aborted or cancelled first.</exception>
    public void WaitForPeers(CancellationToken abort, Func<string> cancelledReason)
    {
        using var wake = abort.Register(() =>
        {
            lock (_gate)
                Monitor.PulseAll(_gate);
        });
        lock (_gate)
        {
            while (_joined.Contains(false))
            {
                ThrowIfAborted();
                if (abort.IsCancellationRequested)
                {
                    var missing = Enumerable.Range(0, WorldSize).Where(rank => !_joined[rank]);
                    throw new CollectiveAbortedException(
                        Epoch, $"{cancelledReason()} while ranks {string.Join(", ", missing)} had not joined");
                }
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Publishes a rank's bytes for its call of this number, and returns when every rank has done so.</summary>
    /// <exception cref="CollectiveAbortedException">The epoch was aborted before every rank came.</exception>
    /// <exception cref="CollectiveMismatchException">The ranks do not agree; the epoch has ended for all.</exception>
    public void Exchange(int rank, long sequence, CollectiveCall call, ReadOnlySpan<byte> mine)
    {
        var index = Index(rank, sequence);
        if (_slots[index].Length < mine.Length)
            _slots[index] = new byte[mine.Length];
        mine.CopyTo(_slots[index]);

        lock (_gate)
        {
            ThrowIfAborted();
            _calls[index] = call;
            _entered[rank] = sequence;
            if (HaveAllEntered(sequence))
                Monitor.PulseAll(_gate);
            while (!HaveAllEntered(sequence))
            {
                Monitor.Wait(_gate);
                if (!HaveAllEntered(sequence)) // A complete call counts, also when a peer left right after it.
                    ThrowIfAborted();
            }
            CheckAgreement(sequence);
        }
    }

    /// <summary>The bytes a rank published for a call; valid between that call and the caller's next.</summary>
    public ReadOnlySpan<byte> Slot(int rank, long sequence, int bytes) => _slots[Index(rank, sequence)].AsSpan(0, bytes);

    public void Abort(string reason)
    {
        lock (_gate)
        {
            _abortReason ??= reason;
            Monitor.PulseAll(_gate);
        }
    }

    private int Index(int rank, long sequence) => (int)(sequence & 1) * WorldSize + rank;

    private bool HaveAllEntered(long sequence)
    {
        foreach (var entered in _entered)
        {
            if (entered < sequence)
                return false;
        }
        return true;
    }

    private void CheckAgreement(long sequence)
    {
        var first = _calls[Index(0, sequence)];
        for (var rank = 1; rank < WorldSize; rank++)
        {
            var other = _calls[Index(rank, sequence)];
            if (other == first)
                continue;
            var mismatch = new CollectiveMismatchException(Epoch, sequence, 0, first, rank, other);
            _abortReason ??= mismatch.Message;
            throw mismatch;
        }
    }

    private void ThrowIfAborted()
    {
        if (_abortReason is { } reason)
            throw new CollectiveAbortedException(Epoch, reason);
    }
}
