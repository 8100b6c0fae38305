using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>One rank's lane of <see cref="InProcessTransferLanes"/>.</summary>
internal sealed class InProcessTransferLane(
    InProcessTransferLanes lanes, string endpoint, TransferMemory memory, Action wake) : ITransferLane
{
    private readonly TransferOffers _offers = new(memory.Regions);
    private readonly TransferNews _news = new(wake);
    private readonly ConcurrentDictionary<long, Task> _running = [];
    private readonly ReaderWriterLockSlim _writes = new();
    private CancellationTokenSource _cancelled = new();
    private volatile bool _isClosed;

    public string Endpoint => endpoint;

    public void Offer(string key, string digest, ImmutableArray<int> blocks) => _offers.Open(key, digest, blocks);

    public void Withdraw(string key) => _offers.Close(key);

    public void WithdrawAll() => _offers.CloseAll();

    public void Read(TransferRead read)
    {
        var cancelled = _cancelled.Token;
        _running[read.Id] = Task.Run(async () => _news.Add(await RunAsync(read, cancelled).ConfigureAwait(false)));
    }

    public void Notify(string endpoint, string key) => lanes.Find(endpoint)?.Hear(key);

    public void CancelReads()
    {
        _cancelled.Cancel();
        Task.WaitAll([.. _running.Values]);
        _running.Clear();
        _cancelled = new CancellationTokenSource();
    }

    public TransferBatch Take() => _news.Take();

    public void Dispose()
    {
        lanes.Close(endpoint);
        _isClosed = true;
        _writes.EnterWriteLock(); // Until no peer copies from this memory.
        _writes.ExitWriteLock();
        CancelReads();
    }

    private async Task<TransferEnd> RunAsync(TransferRead read, CancellationToken cancelled)
    {
        var (partsDone, bytes, descriptorCount) = (0, 0L, 0);
        try
        {
            var peer = lanes.Find(read.Endpoint) ?? throw new TransferRefusedException($"nobody listens at {read.Endpoint}");
            var parts = read.PartsOf(peer.Metadata);
            descriptorCount = parts.Sum(part => part.Local.Length);
            var offer = peer._offers.Find(read.Key, read.Digest);
            foreach (var part in parts)
            {
                part.Check();
                await lanes.BeforePart(read.Key, partsDone).WaitAsync(cancelled).ConfigureAwait(false);
                peer.Copy(read.Key, offer, part);
                bytes += part.Bytes;
                partsDone++;
            }
            peer.Hear(read.Key);
            return new TransferEnd(read.Id, partsDone, "") { Bytes = bytes, DescriptorCount = descriptorCount };
        }
        catch (Exception fault) // Whatever it is: a read without an end holds its blocks for ever.
        {
            return new TransferEnd(read.Id, partsDone, fault.Message) { Bytes = bytes, DescriptorCount = descriptorCount };
        }
    }

    private void Hear(string key)
    {
        if (_offers.Has(key))
            _news.Add(key);
    }

    private ReadOnlyMemory<byte> Metadata => memory.Metadata;

    private unsafe void Copy(string key, object offer, TransferPart part)
    {
        _writes.EnterReadLock();
        try
        {
            if (_isClosed)
                throw new TransferRefusedException($"the peer at {endpoint} left");
            foreach (var (local, remote) in part.Local.Zip(part.Remote))
            {
                if (_offers.Refusal(offer, remote) is { } refusal)
                    throw new TransferRefusedException(refusal);
                Buffer.MemoryCopy((void*)remote.Address, (void*)local.Address, local.Bytes, remote.Bytes);
            }
            if (!_offers.IsOpen(key, offer))
                throw new TransferRefusedException($"{key} was withdrawn while it was read");
        }
        finally
        {
            _writes.ExitReadLock();
        }
    }
}
