using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Scheduling;

/// <summary>Counts what a replica's ranks transfer.</summary>
internal sealed class TransferTally
{
    private readonly long[] _readsBySeconds = new long[TransferCounters.SecondBounds.Length + 1];
    private TransferCounters _counters = TransferCounters.Zero;

    /// <summary>What was counted so far.</summary>
    internal TransferCounters Counters => _counters with { ReadsBySeconds = [.. _readsBySeconds] };

    /// <summary>Reads have ended.</summary>
    internal void Add(ImmutableArray<KvTransferMeasure> reads)
    {
        foreach (var read in reads)
        {
            _counters = _counters with
            {
                Seconds = _counters.Seconds + read.Duration.TotalSeconds,
                Bytes = _counters.Bytes + read.Bytes,
                DescriptorCount = _counters.DescriptorCount + read.DescriptorCount,
                ReadCount = _counters.ReadCount + 1,
                FailedCount = _counters.FailedCount + (read.HasFailed ? 1 : 0),
            };
            _readsBySeconds[TransferCounters.SecondBounds.Count(bound => bound < read.Duration.TotalSeconds)]++;
        }
    }

    /// <summary>Blocks were kept and never fetched.</summary>
    internal void AddLapse() => _counters = _counters with { LapsedCount = _counters.LapsedCount + 1 };
}
