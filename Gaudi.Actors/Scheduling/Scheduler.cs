using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Decides what each step computes: running choices first, in order, then waiting ones while blocks and tokens last.
/// Plan and Apply alternate. No clock, no randomness: the same calls give the same plans. One thread.
/// </summary>
/// <remarks>
/// A choice is admitted with every block it can ever need, so a running one never waits for memory and none is preempted.
/// </remarks>
public sealed class Scheduler
{
    private readonly SchedulerSettings _settings;
    private readonly int _blockSizeTokens;
    private readonly int _maxModelLen;
    private readonly int _vocabularySize;
    private readonly BlockPool _blocks;
    private readonly List<Sequence> _running = [];
    private readonly List<Sequence> _waiting = [];
    private StepPlan? _inFlight;
    private long _sequenceCount;

    /// <summary>Starts empty.</summary>
    /// <param name="settings">Limits.</param>
    /// <param name="facts">Of the group that computes.</param>
    public Scheduler(SchedulerSettings settings, ModelRunnerFacts facts)
    {
        _settings = settings;
        _blockSizeTokens = facts.BlockSizeTokens;
        _maxModelLen = facts.MaxModelLen;
        _vocabularySize = facts.VocabularySize;
        _blocks = new BlockPool(facts.KvBlockCount);
    }

    /// <summary>Choices that take part in steps.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Choices that wait.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>KV blocks in use.</summary>
    public int BlocksUsed => _blocks.UsedCount;

    /// <summary>Takes a choice, or says why not.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="emitted">Tokens an earlier life generated; recomputed, not drawn again.</param>
    public Submission Submit(GenerationRequest request, ImmutableArray<int> emitted)
    {
        var length = request.PromptTokenIds.Length;
        if (length == 0 || length >= _maxModelLen)
            return new Submission.Rejected(RefusalKind.Invalid,
                $"the prompt has {length} tokens; this model takes 1 to {_maxModelLen - 1}", null);
        var stray = request.PromptTokenIds.Concat(emitted).Where(id => (uint)id >= (uint)_vocabularySize).Take(1).ToList();
        if (stray.Count > 0)
            return new Submission.Rejected(RefusalKind.Invalid,
                $"token id {stray[0]} is not in this model's vocabulary of {_vocabularySize}", null);
        var sequence = new Sequence(++_sequenceCount, request, emitted);
        if (sequence.Ending(_maxModelLen) is { } ending)
            return new Submission.Over(sequence, ending.Reason, ending.StopTokenId);
        if (BlocksFor(sequence) > _blocks.BlockCount)
            return new Submission.Rejected(RefusalKind.Invalid,
                $"the request can take {sequence.PositionsMax(_maxModelLen)} positions and the KV cache holds " +
                $"{(long)_blocks.BlockCount * _blockSizeTokens}; lower max_tokens or give more KV blocks", null);
        // Work that had begun elsewhere was admitted once: only new work is turned away.
        if (emitted.IsEmpty && _waiting.Count >= _settings.WaitingMax && (_running.Count >= _settings.SequencesMax || _waiting.Count > 0))
            return new Submission.Rejected(RefusalKind.QueueFull,
                $"{_waiting.Count} requests wait already and {_running.Count} run; try again later", 1);
        _waiting.Add(sequence);
        return new Submission.Accepted(sequence);
    }

    /// <summary>The next step; null when there is nothing to compute.</summary>
    /// <exception cref="InvariantBrokenException">The last plan was not applied.</exception>
    public StepPlan? Plan(long stepNumber)
    {
        Invariant.That(_inFlight is null, $"step {stepNumber} was planned while step {_inFlight?.StepNumber} runs");
        var budget = _settings.StepTokensMax;
        var steps = ImmutableArray.CreateBuilder<SequenceStep>();
        foreach (var sequence in _running)
            Add(sequence, ref budget, steps);
        while (budget > 0 && _waiting.Count > 0 && _running.Count < _settings.SequencesMax && Admit(_waiting[0]))
        {
            Add(_waiting[0], ref budget, steps);
            _running.Add(_waiting[0]);
            _waiting.RemoveAt(0);
        }
        if (steps.Count == 0)
            return null;
        return _inFlight = new StepPlan(stepNumber, steps.ToImmutable());
    }

    /// <summary>Takes a step's result: tokens are appended, endings found, blocks given back.</summary>
    /// <returns>One line for each sequence that got a token or ended, in the plan's order.</returns>
    public ImmutableArray<SequenceProgress> Apply(StepOutput output)
    {
        var plan = _inFlight;
        Invariant.That(
            plan?.StepNumber == output.StepNumber, $"step {output.StepNumber} came back, step {plan?.StepNumber} was planned");
        _inFlight = null;
        var tokens = output.Tokens.ToDictionary(token => token.SequenceId);
        var progress = ImmutableArray.CreateBuilder<SequenceProgress>();
        foreach (var step in plan!.Sequences)
        {
            var sequence = _running.First(one => one.Id == step.SequenceId);
            sequence.ComputedCount += step.TokenIds.Length;
            sequence.FailedStepCount = 0;
            var token = tokens.GetValueOrDefault(step.SequenceId);
            Invariant.That(
                (token is not null) == (step.Sampling is not null), $"sequence {step.SequenceId}: a token too many or too few");
            if (Finish(sequence, token) is { } line)
                progress.Add(line);
        }
        return progress.ToImmutable();
    }

    /// <summary>Forgets the step that runs: its epoch is over. Everything is computed anew from the tokens.</summary>
    /// <returns>
    /// Choices that are gone now: those that were to end with that step, and those that took part in as many failed steps as
    /// may be chance.
    /// </returns>
    public ImmutableArray<Sequence> Restart()
    {
        foreach (var step in _inFlight?.Sequences ?? [])
            _running.First(one => one.Id == step.SequenceId).FailedStepCount++;
        _inFlight = null;
        foreach (var sequence in _running)
            sequence.ComputedCount = 0;
        ImmutableArray<Sequence> gone = [.. _running.Where(one => one.IsAborted || one.FailedStepCount > _settings.FailedStepsMax)];
        foreach (var sequence in gone)
            Leave(sequence);
        return gone;
    }

    /// <summary>Moves every choice to a scheduler with other limits, in order: running ones first.</summary>
    public Scheduler MovedTo(ModelRunnerFacts facts)
    {
        var next = new Scheduler(_settings, facts) { _sequenceCount = _sequenceCount };
        foreach (var sequence in _running.Concat(_waiting))
        {
            sequence.ComputedCount = 0;
            sequence.Blocks = [];
            next._waiting.Add(sequence);
        }
        return next;
    }

    /// <summary>Ends a choice: at once when no step runs with it, else when that step is applied.</summary>
    /// <returns>True when it is gone now.</returns>
    public bool Abort(Sequence sequence)
    {
        if (_waiting.Remove(sequence))
            return true;
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
        _blocks.CheckIntegrity(_running.Select(one => (one.Id, one.Blocks)));
        Invariant.That(_waiting.All(one => one.Blocks.IsEmpty), "a waiting sequence owns blocks");
        Invariant.That(_running.Count <= _settings.SequencesMax, $"{_running.Count} of {_settings.SequencesMax} run");
    }

    private SequenceProgress? Finish(Sequence sequence, SampledToken? token)
    {
        if (sequence.IsAborted)
        {
            Leave(sequence);
            return new SequenceProgress(sequence, null, FinishReason.Abort, null);
        }
        if (token is null)
            return null;
        Invariant.That(
            token.Position == sequence.Tokens.Count, $"position {token.Position} drawn, {sequence.Tokens.Count} expected");
        sequence.Append(token.TokenId);
        if (sequence.Ending(_maxModelLen) is not { } ending)
            return new SequenceProgress(sequence, token, null, null);
        Leave(sequence);
        return new SequenceProgress(sequence, token, ending.Reason, ending.StopTokenId);
    }

    private void Leave(Sequence sequence)
    {
        if (!_running.Remove(sequence))
            return;
        _blocks.Release(sequence.Id, sequence.Blocks);
        sequence.Blocks = [];
    }

    private bool Admit(Sequence sequence)
    {
        if (_blocks.Allocate(sequence.Id, BlocksFor(sequence)) is not { } blocks)
            return false;
        sequence.Blocks = blocks;
        return true;
    }

    private int BlocksFor(Sequence sequence) =>
        (sequence.PositionsMax(_maxModelLen) + _blockSizeTokens - 1) / _blockSizeTokens;

    private static void Add(Sequence sequence, ref int budget, ImmutableArray<SequenceStep>.Builder steps)
    {
        var count = Math.Min(sequence.Tokens.Count - sequence.ComputedCount, budget);
        if (count == 0)
            return;
        budget -= count;
        var first = sequence.ComputedCount;
        var isLast = first + count == sequence.Tokens.Count;
        steps.Add(new SequenceStep(
            sequence.Id, [.. Enumerable.Range(first, count).Select(i => sequence.Tokens[i])], first,
            sequence.Request.PromptTokenIds.Length, sequence.Blocks, isLast ? sequence.Request.Sampling : null,
            sequence.Request.Choice));
    }
}
