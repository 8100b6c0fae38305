using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// The scheduler's side of a KV connector: sequences whose blocks are brought, and finished ones whose blocks are kept for
/// another server. Both hold blocks and take part in no step.
/// </summary>
/// <param name="connector">Decides.</param>
/// <param name="tables">Gives and takes blocks.</param>
/// <param name="waiting">Where sequences wait while their blocks are brought.</param>
/// <param name="sequencesMax">Most sequences that run or hold blocks to run.</param>
internal sealed class RemoteKv(
    IKvConnectorScheduler connector, BlockTables tables, WaitingQueue waiting, int sequencesMax)
{
    private readonly SortedDictionary<string, Sequence> _held = new(StringComparer.Ordinal);
    private readonly List<Sequence> _abandoned = [];
    private int _holderCount;

    /// <summary>What becomes of a waiting sequence now.</summary>
    internal enum Look
    {
        /// <summary>It is admitted like any other.</summary>
        Local,

        /// <summary>It waits for its blocks, or for an answer; others may pass.</summary>
        Waits,

        /// <summary>There are no blocks to bring it into.</summary>
        HasNoRoom,
    }

    /// <summary>Sequences that hold blocks without running.</summary>
    internal IEnumerable<Sequence> Holders => waiting.All.Where(one => !one.Blocks.IsEmpty).Concat(_held.Values).Concat(_abandoned);

    /// <summary>Sequences whose blocks are brought.</summary>
    internal int LoadingCount => DeferredCount + _abandoned.Count;

    /// <summary>Finished sequences whose blocks are kept.</summary>
    internal int HeldCount => _held.Count;

    /// <summary>Waiting sequences whose blocks are brought.</summary>
    internal int DeferredCount => waiting.All.Count(one => one.RemoteKv == RemoteKvState.Loading);

    /// <summary>The key of the kept blocks whose sequence came first; null where none are kept.</summary>
    internal string? OldestHeld => _held.Count == 0 ? null : _held.MinBy(one => one.Value.Id).Key;

    /// <summary>A step's admissions begin: counts the waiting sequences that hold blocks, once for all of them.</summary>
    internal void BeginAdmissions() => _holderCount = waiting.All.Count(one => !one.Blocks.IsEmpty);

    /// <summary>A waiting sequence whose blocks were brought runs now.</summary>
    internal void Admitted() => _holderCount--;

    /// <summary>Looks a waiting sequence up, once, after the prefix cache (rule S11), and begins to bring its blocks.</summary>
    /// <param name="sequence">It waits.</param>
    /// <param name="found">Its blocks in the prefix cache.</param>
    /// <param name="runningCount">Sequences that run.</param>
    internal Look Begin(Sequence sequence, ImmutableArray<int> found, int runningCount)
    {
        if (sequence.RemoteKv != RemoteKvState.Unasked)
            return Look.Local;
        var computedCount = tables.PositionsOf(found);
        if (connector.Match(sequence, computedCount) is not { } match)
            return Look.Waits;
        if (match.TokenCount == 0)
        {
            sequence.RemoteKv = RemoteKvState.Settled;
            connector.Allocated(sequence, computedCount, 0);
            return Look.Local;
        }
        Invariant.That(match.IsAsync, $"sequence {sequence.Id}: blocks that come within a step are not built");
        if (runningCount + _holderCount >= sequencesMax) // S9: they will run.
            return Look.Waits;
        // Room for everything it knows: once its blocks are there, nothing keeps it from running.
        if (!tables.TryAdmit(sequence, found, sequence.Tokens.Count))
            return Look.HasNoRoom;
        sequence.ComputedCount = computedCount;
        sequence.ExternalTokenCount = match.TokenCount;
        sequence.RemoteKv = RemoteKvState.Loading;
        _holderCount++;
        connector.Allocated(sequence, computedCount, match.TokenCount);
        return Look.Waits;
    }

    /// <summary>What the step asks of the ranks; null for nothing.</summary>
    internal KvTransferStep? TakeStep(StepInMaking step) => connector.TakeStep(step.Drawing);

    /// <summary>A rank told its news.</summary>
    /// <returns>Keys that are no longer held, and loads that failed, with why.</returns>
    internal (ImmutableArray<string> Released, ImmutableArray<DroppedSequence> Failed) Update(int rank, KvTransferNews news)
    {
        var outcome = connector.Update(rank, news);
        foreach (var key in outcome.Released)
            Release(key);
        var failed = ImmutableArray.CreateBuilder<DroppedSequence>();
        foreach (var ending in outcome.Loaded)
        {
            if (_abandoned.Find(one => one.Id == ending.SequenceId) is { } abandoned)
            {
                _abandoned.Remove(abandoned);
                Free(abandoned);
                continue;
            }
            var sequence = waiting.All.First(one => one.Id == ending.SequenceId);
            Settle(sequence, ending.FailedBlocks);
            if (ending.Failure.Length > 0)
                failed.Add(new DroppedSequence(sequence, ending.Failure));
        }
        return (outcome.Released, failed.ToImmutable());
    }

    /// <summary>A sequence has its last token: its blocks are kept for another server, or not.</summary>
    /// <returns>Not null: they are, and this goes with its answer.</returns>
    internal KvTransferParams? Finish(Sequence sequence, FinishReason reason)
    {
        if (connector.Finished(sequence, reason) is not { } handed)
            return null;
        _held.Add(handed.Source!.Key, sequence);
        return handed;
    }

    /// <summary>Nobody needs held blocks any more, or waits for them any longer.</summary>
    /// <returns>False when they were free already.</returns>
    internal bool Release(string key)
    {
        if (!_held.Remove(key, out var sequence))
            return false;
        Free(sequence);
        return true;
    }

    /// <summary>A request was turned away: the peer that keeps its prompt's blocks is told with the next step.</summary>
    /// <returns>False when there is nobody to tell.</returns>
    internal bool Decline(GenerationRequest request) => connector.Declined(request);

    /// <summary>A waiting sequence is gone. Blocks that ranks still write are free when they have ended.</summary>
    internal void Abandon(Sequence sequence)
    {
        if (sequence.RemoteKv == RemoteKvState.Loading)
            _abandoned.Add(sequence);
        else if (sequence.RemoteKv == RemoteKvState.Unasked)
            connector.Declined(sequence.Request);
        else if (!sequence.Blocks.IsEmpty)
            Free(sequence);
    }

    /// <summary>A sequence's blocks are free: nobody may read them any more.</summary>
    internal void Freed(Sequence sequence) => connector.Freed(sequence);

    /// <summary>The epoch is over: nothing is held, and what was brought is computed.</summary>
    internal void Restart()
    {
        ImmutableArray<Sequence> holders = [.. Holders];
        connector.Restart([.. holders.Where(one => one.RemoteKv == RemoteKvState.Loading)]);
        _held.Clear();
        _abandoned.Clear();
        foreach (var sequence in holders)
            tables.Free(sequence);
    }

    private void Free(Sequence sequence)
    {
        connector.Freed(sequence);
        tables.Free(sequence);
    }

    // From the valid prefix on it is computed like any other: by the roles of its positions, so to the same bits.
    private void Settle(Sequence sequence, ImmutableArray<int> failedBlocks)
    {
        var end = sequence.ComputedCount + sequence.ExternalTokenCount;
        var firstFailed = sequence.Blocks.TakeWhile(block => !failedBlocks.Contains(block)).Count();
        var valid = Math.Max(sequence.ComputedCount, Math.Min(end, tables.PositionsOf(sequence.Blocks[..firstFailed])));
        sequence.ExternalTokenCount = valid - sequence.ComputedCount;
        sequence.ComputedCount = valid;
        sequence.RemoteKv = RemoteKvState.Loaded;
        tables.Cache(sequence, valid);
    }
}
