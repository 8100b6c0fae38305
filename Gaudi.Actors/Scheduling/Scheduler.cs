using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Decides what each step computes. Plan and Apply alternate. No clock, no randomness: the same calls give the same plans.
/// One thread.
/// </summary>
/// <remarks>
/// A choice is admitted with the blocks of what it computes now. When they run out later, a running one gives its blocks
/// back and waits, its tokens kept; whoever is alone fits, so the first of the queue always ends.
/// </remarks>
public sealed class Scheduler
{
    private readonly SchedulerSettings _settings;
    private readonly ModelRunnerFacts _facts;
    private readonly BlockPool _blocks;
    private readonly StateSlots _slots;
    private readonly BlockTables _tables;
    private readonly EngineTally _tally;
    private readonly GroupVerdicts _groups;
    private readonly List<Sequence> _running = [];
    private readonly WaitingQueue _waiting;
    private readonly StepPlanner _planner;
    private readonly IKvConnectorScheduler? _connector;
    private readonly RemoteKv? _remote;
    private StepPlan? _inFlight;
    private long _sequenceCount;

    /// <summary>Starts empty.</summary>
    /// <param name="settings">Limits.</param>
    /// <param name="facts">Of the group that computes.</param>
    /// <param name="connector">Brings blocks from elsewhere and keeps them for others; null for neither.</param>
    public Scheduler(SchedulerSettings settings, ModelRunnerFacts facts, IKvConnectorScheduler? connector = null)
        : this(
            settings, facts, connector,
            new EngineTally(settings.Speculation.Method == SpeculationMethod.None ? 0 : settings.Speculation.TokensMax),
            new GroupVerdicts())
    {
    }

    private Scheduler(
        SchedulerSettings settings, ModelRunnerFacts facts, IKvConnectorScheduler? connector, EngineTally tally, GroupVerdicts groups)
    {
        (_settings, _facts, _connector, _tally, _groups) = (settings, facts, connector, tally, groups);
        _blocks = new BlockPool(facts.KvBlockCount);
        _slots = new StateSlots(facts.StateSlotCount);
        // A state is that of one position alone: a prefix of it cannot be found again.
        _tables = new BlockTables(_blocks, facts.BlockSizeTokens, _slots, settings.CachesPrefixes && !_slots.AreNeeded);
        _waiting = new WaitingQueue(settings.Policy);
        _remote = connector is null ? null : new RemoteKv(connector, _tables, _waiting, settings.SequencesMax);
        _planner = new StepPlanner(settings, facts, _tables, _running, _waiting, tally) { Remote = _remote };
    }

    /// <summary>Tokens of the choices that run, prompt and emitted: what a new epoch would compute again.</summary>
    public long RunningTokenCount => _running.Sum(sequence => (long)sequence.Tokens.Count);

    /// <summary>Choices that take part in steps.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Choices that wait.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Names of the adapters of running choices, ordinal order.</summary>
    public ImmutableArray<string> RunningLoras => NamesOf(_running);

    /// <summary>Names of the adapters of waiting choices, ordinal order.</summary>
    public ImmutableArray<string> WaitingLoras => NamesOf(_waiting.All);

    /// <summary>Whether a choice has this adapter.</summary>
    public bool UsesLora(string id) => _running.Concat(_waiting.All).Any(one => one.Request.CacheKeys.LoraId == id);

    /// <summary>KV blocks in use.</summary>
    public int BlocksUsed => _blocks.UsedCount;

    /// <summary>What was done so far, in schedulers before this one too.</summary>
    public EngineCounters Counters => _tally.Counters;

    /// <summary>Choices in the step that runs, in its order; empty while none runs.</summary>
    public ImmutableArray<Sequence> Stepping =>
        [.. (_inFlight?.Sequences ?? []).Select(step => _running.First(one => one.Id == step.SequenceId))];

    /// <summary>What is left alone for now. Whoever lifts a pause plans again.</summary>
    public SchedulerPause Pause { get; set; }

    /// <summary>Takes a choice, or says why not.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="emitted">Tokens an earlier life generated; recomputed, not drawn again.</param>
    /// <param name="form">The request's constraint, compiled; null where it has none.</param>
    /// <param name="failedStepCount">Steps that failed with it in an earlier life.</param>
    public Submission Submit(
        GenerationRequest request, ImmutableArray<int> emitted, ConstraintAutomaton? form = null, int failedStepCount = 0)
    {
        Invariant.That(form is null == request.Constraint is null, $"request {request.RequestId}: its constraint was not compiled");
        if (SubmissionRules.Refusal(request, emitted, _settings, _facts) is { } refusal)
            return new Submission.Rejected(RefusalKind.Invalid, refusal, null);
        var cursor = form is null ? null : new ConstraintCursor(form, request.StopTokenIds, _facts.VocabularySize);
        if (emitted.Any(id => cursor?.TryAdvance(id) == false))
            return new Submission.Rejected(RefusalKind.Invalid, "the tokens generated so far do not have the form asked for", null);
        var sequence = new Sequence(++_sequenceCount, request, emitted)
        {
            Form = cursor, FailedStepCount = failedStepCount, SuspectEnd = request.PromptTokenIds.Length + emitted.Length,
        };
        if (sequence.Ending(_facts.MaxModelLen) is { } ending)
            return new Submission.Over(sequence, ending.Reason, ending.StopTokenId);
        if (SubmissionRules.Misfit(sequence, _settings, _facts) is { } misfit)
            return new Submission.Rejected(RefusalKind.Invalid, misfit, null);
        // Work that had begun elsewhere was admitted once: only new work is turned away.
        if (emitted.IsEmpty && !_groups.Admits(request.Group, Room))
            return new Submission.Rejected(RefusalKind.QueueFull,
                $"{_waiting.Count} requests wait already and {_running.Count} run; try again later", 1);
        _waiting.Add(sequence);
        return new Submission.Accepted(sequence);
    }

    /// <summary>The next step; null when there is nothing to compute, or it is paused.</summary>
    /// <exception cref="InvariantBrokenException">The last plan was not applied.</exception>
    public StepPlan? Plan(long stepNumber)
    {
        Invariant.That(_inFlight is null, $"step {stepNumber} was planned while step {_inFlight?.StepNumber} runs");
        var step = _planner.Plan(Pause);
        // One that preempted itself left nothing for this step; fewer run now, so that the next try comes to an end.
        while (step is { Count: 0, HasPreempted: true })
            step = _planner.Plan(Pause);
        var transfers = _remote?.TakeStep(step); // S20
        return step.Count == 0 && transfers is null ? null : _inFlight = step.ToPlan(stepNumber) with { Transfers = transfers };
    }

    /// <summary>Takes a rank's news of its transfers.</summary>
    /// <param name="rank">Whose.</param>
    /// <param name="news">As it told them.</param>
    /// <param name="failureEnds">Whether a sequence ends when a block of it did not come; else the rest of it is computed.</param>
    /// <returns>Keys of blocks that are no longer held, and sequences that are gone.</returns>
    public (ImmutableArray<string> Released, ImmutableArray<DroppedSequence> Gone) Update(
        int rank, KvTransferNews news, bool failureEnds)
    {
        if (_remote is null)
            return ([], []);
        var (released, failed) = _remote.Update(rank, news);
        if (!failureEnds)
            return (released, []);
        foreach (var (sequence, _) in failed)
            Invariant.That(Abort(sequence), $"sequence {sequence.Id} was brought blocks and ran");
        return (released, failed);
    }

    /// <summary>A request was turned away: the server that keeps its prompt's blocks is told with the next step.</summary>
    /// <returns>False when there is nobody to tell.</returns>
    public bool Decline(GenerationRequest request) => _remote?.Decline(request) == true;

    /// <summary>
    /// The kept blocks whose sequence came first, where kept blocks leave no choice room to go on, as the last plan found, and none
    /// come; null otherwise. No more are kept while that lasts.
    /// </summary>
    public string? CrowdingKey => _planner.IsStuck && LoadingCount == 0 ? _remote?.OldestHeld : null;

    /// <summary>Frees blocks that were kept for another server.</summary>
    /// <returns>False when they were free already.</returns>
    public bool Release(string key) => _remote?.Release(key) == true;

    /// <summary>Finished sequences whose blocks are kept for another server.</summary>
    public int HeldCount => _remote?.HeldCount ?? 0;

    /// <summary>Choices that wait for blocks from another server.</summary>
    public int DeferredCount => _remote?.DeferredCount ?? 0;

    /// <summary>Sequences whose blocks are brought from another server, also those that are gone already.</summary>
    public int LoadingCount => _remote?.LoadingCount ?? 0;

    /// <summary>Takes a step's result: tokens are appended, endings found, blocks given back.</summary>
    /// <returns>One line for each sequence that got tokens or scores, or ended, in the plan's order.</returns>
    /// <exception cref="InvariantBrokenException">The output is not that of the plan.</exception>
    public ImmutableArray<SequenceProgress> Apply(StepOutput output)
    {
        var drawn = new DrawnTokens(_inFlight, output);
        var steps = _inFlight!.Sequences;
        _inFlight = null;
        if (!steps.IsEmpty)
            _tally.Stepped(steps.Sum(step => step.TokenIds.Length));
        var progress = ImmutableArray.CreateBuilder<SequenceProgress>();
        foreach (var step in steps)
        {
            var sequence = _running.First(one => one.Id == step.SequenceId);
            if (EndOf(step) >= sequence.SuspectEnd)
                sequence.FailedStepCount = 0;
            var line = step.Pooling is null ? Settle(sequence, step, drawn.Of(step)) : Settle(sequence, drawn.VectorOf(step));
            if (!sequence.IsAborted)
                line = line with { PromptScores = drawn.ScoresOf(step) };
            if (line.Finish is not null || line.Tokens.Length + line.PromptScores.Length > 0)
                progress.Add(line);
        }
        TakeDrafts(steps, output.Drafts);
        return progress.ToImmutable();
    }

    /// <summary>
    /// Forgets the step that runs: its epoch is over, and every rank's cache with it. Running choices wait again, first in
    /// the queue, and are computed anew from their tokens.
    /// </summary>
    /// <param name="isFault">Whether one of the choices in the step may be why: then each is a suspect.</param>
    /// <returns>
    /// Choices that are gone now: those that were to end with that step, and those that took part in as many failed steps as
    /// may be chance.
    /// </returns>
    public ImmutableArray<Sequence> Restart(bool isFault = true)
    {
        foreach (var step in isFault ? _inFlight?.Sequences ?? [] : [])
        {
            var suspect = _running.First(one => one.Id == step.SequenceId);
            suspect.SuspectEnd = Math.Max(EndOf(step), suspect.IsSuspect ? suspect.SuspectEnd : 0);
            suspect.FailedStepCount++;
        }
        _inFlight = null;
        _remote?.Restart();
        foreach (var sequence in _running)
            _tables.Free(sequence);
        ImmutableArray<Sequence> gone =
            [.. _running.Where(one => one.IsAborted || one.FailedStepCount >= _settings.FailedStepsMax)];
        foreach (var sequence in gone)
            _tally.Ended(sequence.PreemptionCount);
        foreach (var sequence in _running.Except(gone).Reverse())
            _waiting.Return(sequence);
        _running.Clear();
        Invariant.That(_blocks.Reset(), "an epoch ended and a block is in use");
        return gone;
    }

    /// <summary>Moves every choice to a scheduler with other limits, in order: running ones first.</summary>
    /// <param name="facts">Of the group that computes from now on.</param>
    /// <param name="dropped">Choices that can never fit there, and those that were to end.</param>
    public Scheduler MovedTo(ModelRunnerFacts facts, out ImmutableArray<DroppedSequence> dropped)
    {
        var next = new Scheduler(_settings, facts, _connector, _tally, _groups) { _sequenceCount = _sequenceCount, Pause = Pause };
        var left = ImmutableArray.CreateBuilder<DroppedSequence>();
        foreach (var sequence in _running.Concat(_waiting.All))
        {
            sequence.Rewind();
            sequence.Hashes.Clear(); // Blocks may have another size there.
            var misfit = SubmissionRules.Misfit(sequence, _settings, facts);
            if (sequence.IsAborted || misfit is not null)
            {
                _tally.Ended(sequence.PreemptionCount);
                _remote?.Abandon(sequence);
                left.Add(new DroppedSequence(sequence, misfit ?? ""));
            }
            else
                next._waiting.Add(sequence);
        }
        dropped = left.ToImmutable();
        return next;
    }

    /// <summary>Ends a choice: at once when no step runs with it, else when that step is applied.</summary>
    /// <returns>True when it is gone now.</returns>
    public bool Abort(Sequence sequence)
    {
        if (_waiting.Remove(sequence))
        {
            _remote?.Abandon(sequence);
            _tally.Ended(sequence.PreemptionCount);
            return true;
        }
        if (_inFlight?.Sequences.Any(step => step.SequenceId == sequence.Id) == true)
        {
            sequence.IsAborted = true;
            return false;
        }
        Leave(sequence);
        return true;
    }

    /// <summary>Throws unless blocks and sequences agree.</summary>
    public void CheckIntegrity()
    {
        _blocks.CheckIntegrity(_running.Concat(_remote?.Holders ?? []).Select(one => one.Blocks));
        _slots.CheckIntegrity(_running.Select(one => one.StateSlot));
        foreach (var sequence in _running.Concat(_remote?.Holders ?? []))
        {
            _tables.CheckIntegrity(sequence);
            Invariant.That(
                sequence.ComputedCount < _facts.MaxModelLen, $"sequence {sequence.Id} computed {sequence.ComputedCount} positions"); // S2
        }
        Invariant.That(
            _waiting.All.All(one => IsBrought(one) || (one.Blocks.IsEmpty && one.ComputedCount == 0)),
            "a waiting sequence has blocks or positions");
        Invariant.That(_running.Count <= _settings.SequencesMax, $"{_running.Count} of {_settings.SequencesMax} run");
    }

    private static ImmutableArray<string> NamesOf(IEnumerable<Sequence> sequences) =>
        [.. sequences.Select(one => one.Request.Lora?.Name).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    private static int EndOf(SequenceStep step) => step.FirstPosition + step.TokenIds.Length - step.DraftCount;

    private static bool IsBrought(Sequence sequence) => sequence.RemoteKv is RemoteKvState.Loading or RemoteKvState.Loaded;

    // One goes from an empty queue to the next step, so it needs no place to wait.
    private int Room => _waiting.Count == 0 && _running.Count < _settings.SequencesMax
        ? _settings.WaitingMax + 1
        : _settings.WaitingMax - _waiting.Count;

    private SequenceProgress Settle(Sequence sequence, SequenceStep step, ImmutableArray<SampledToken> tokens)
    {
        if (sequence.IsAborted)
        {
            Leave(sequence);
            return new SequenceProgress(sequence, [], FinishReason.Abort, null);
        }
        if (tokens.IsEmpty)
            return new SequenceProgress(sequence, [], null, null);
        var ending = sequence.Ending(_facts.MaxModelLen);
        var keptCount = 0;
        for (; keptCount < tokens.Length && ending is null; keptCount++)
        {
            sequence.Append(tokens[keptCount].TokenId);
            ending = sequence.Ending(_facts.MaxModelLen);
        }
        var acceptedCount = Math.Min(tokens.Length - 1, keptCount);
        sequence.ComputedCount -= step.DraftCount - acceptedCount; // S16
        _tables.Cache(sequence, sequence.ComputedCount);
        _tally.Generated(keptCount);
        if (step.DraftCount > 0)
            _tally.Verified(step.DraftCount, acceptedCount);
        var kept = ending is { } last ? _remote?.Finish(sequence, last.Reason) : null;
        if (ending is not null)
            Leave(sequence, isKept: kept is not null);
        else if (_settings.Speculation is { Method: SpeculationMethod.Ngram } speculation)
            sequence.Drafts = NgramProposer.Propose(
                sequence.TokenSpan, speculation.NgramMin, speculation.NgramMax, speculation.TokensMax);
        return new SequenceProgress(sequence, tokens[..keptCount], ending?.Reason, ending?.StopTokenId) { KvTransfer = kept };
    }

    private SequenceProgress Settle(Sequence sequence, ImmutableArray<float> vector)
    {
        if (!sequence.IsAborted && !sequence.Pool(vector))
            return new SequenceProgress(sequence, [], null, null);
        Leave(sequence);
        return new SequenceProgress(sequence, [], sequence.IsAborted ? FinishReason.Abort : FinishReason.Stop, null);
    }

    // A proposal may come for a sequence that has just ended, and a draft model's vocabulary may be longer than the target's.
    private void TakeDrafts(ImmutableArray<SequenceStep> steps, ImmutableArray<DraftedTokens> drafts)
    {
        foreach (var draft in drafts)
        {
            var most = steps.FirstOrDefault(step => step.SequenceId == draft.SequenceId)?.DraftCountMax ?? 0;
            Invariant.That(
                draft.TokenIds.Length <= most, $"sequence {draft.SequenceId}: {draft.TokenIds.Length} tokens drafted of {most}");
            if (_running.FirstOrDefault(one => one.Id == draft.SequenceId) is { } sequence
                && draft.TokenIds.All(id => (uint)id < (uint)_facts.VocabularySize))
                sequence.Drafts = draft.TokenIds;
        }
    }

    private void Leave(Sequence sequence, bool isKept = false)
    {
        if (!_running.Remove(sequence))
            return;
        if (!isKept)
        {
            _remote?.Freed(sequence);
            _tables.Free(sequence);
        }
        _tally.Ended(sequence.PreemptionCount);
    }
}
