using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>One scheduler under random events, judged after each: settings, pool and events follow from the seed.</summary>
internal sealed class RandomSchedule
{
    private const int LastStepsMax = 20_000;

    private readonly Random _random;
    private readonly RandomRequests _requests;
    private readonly SchedulerSettings _settings;
    private readonly ModelRunnerFacts _facts;
    private readonly Scheduler _scheduler;
    private readonly FakeRunner _runner;
    private readonly List<Sequence> _alive = [];
    private readonly SortedDictionary<long, SortedSet<int>> _scored = [];
    private readonly Dictionary<OutputConstraint, ConstraintAutomaton> _forms = [];
    private StepPlan? _inFlight;
    private long _keptTokenCount;
    private long _stepNumber;
    private long _epoch = 1;
    private long _lastDisordered;

    internal RandomSchedule(int seed)
    {
        _random = new Random(seed);
        _settings = RandomSettings();
        _facts = FakeRunner.FactsOf(
            maxModelLen: _random.Next(6, 40), blockSizeTokens: _random.Next(1, 6), kvBlockCount: _random.Next(4, 24));
        // Half of those without drafts run a model with states, perhaps fewer than may run.
        if (_settings.Speculation.Method == SpeculationMethod.None && _random.Next(2) == 0)
            _facts = _facts with { StateSlotCount = _random.Next(1, 6) };
        _requests = new RandomRequests(_random, _settings, _facts.MaxModelLen);
        _scheduler = new Scheduler(_settings, _facts);
        _runner = new FakeRunner(_facts, new SingleRankCollective(_epoch));
    }

    internal ScheduleTotals Totals { get; } = new();

    internal List<string> Plans { get; } = [];

    internal void Run(int eventCount)
    {
        for (var i = 0; i < eventCount; i++)
        {
            Happen();
            _scheduler.CheckIntegrity();
        }
        _scheduler.Pause = SchedulerPause.None;
        for (var i = 0; _inFlight is not null || Plan(); i++)
        {
            Finish();
            _scheduler.CheckIntegrity();
            Assert.True(i < LastStepsMax, "it does not come to an end");
        }
        Assert.Empty(_alive);
        Assert.Equal((0, 0, 0), (_scheduler.RunningCount, _scheduler.WaitingCount, _scheduler.BlocksUsed));
        Count();
    }

    private SchedulerSettings RandomSettings() => new(
        _random.Next(1, 20), _random.Next(1, 6), _random.Next(0, 8), FailedStepsMax: 1 << 20, FinishedKept: 4)
    {
        Policy = _random.Next(3) == 0 ? SchedulingPolicy.Priority : SchedulingPolicy.Fcfs,
        ChunksPrefill = _random.Next(4) > 0,
        LongPrefillTokensMax = _random.Next(3) == 0 ? _random.Next(1, 6) : 0,
        CachesPrefixes = _random.Next(4) > 0,
        LorasMax = _random.Next(1, 3),
        Speculation = new SpeculationSettings(
            (SpeculationMethod)_random.Next(3), null, _random.Next(1, 5), 1, _random.Next(1, 4), VerificationMode.Coupled),
    };

    private void Happen()
    {
        switch (_random.Next(20))
        {
            case < 5:
                Arrive();
                break;
            case 5 when _alive.Count > 0:
                Abort(_alive[_random.Next(_alive.Count)]);
                break;
            case 6 when _random.Next(3) == 0:
                LoseEpoch();
                break;
            case 7:
                _scheduler.Pause = (SchedulerPause)Math.Max(0, _random.Next(6) - 3);
                break;
            default:
                if (_inFlight is not null)
                    Finish();
                else
                    Plan();
                break;
        }
    }

    private void Arrive()
    {
        var (request, emitted) = _requests.Next();
        switch (_scheduler.Submit(request, emitted, FormOf(request)))
        {
            case Submission.Accepted accepted:
                // Work that had begun elsewhere is never turned away.
                _alive.Add(accepted.Sequence);
                _scored.Add(accepted.Sequence.Id, []);
                break;
            case Submission.Over over:
                Assert.Equal(RandomRequests.Expected(request, _facts.MaxModelLen), over.Sequence.Tokens);
                break;
            case Submission.Rejected { Kind: RefusalKind.Invalid } refused:
                var positions = Math.Min(request.PromptTokenIds.Length + request.TokensMax, _facts.MaxModelLen) - 1;
                Assert.True(
                    request.PromptTokenIds.Length >= _facts.MaxModelLen
                    || positions > _facts.KvBlockCount * _facts.BlockSizeTokens
                    || (!_settings.ChunksPrefill && positions > _settings.StepTokensMax)
                    || (request.Priority != 0 && _settings.Policy == SchedulingPolicy.Fcfs),
                    refused.Message);
                break;
            case Submission.Rejected refused:
                Assert.Equal(RefusalKind.QueueFull, refused.Kind);
                Assert.Empty(emitted);
                Assert.True(_scheduler.WaitingCount >= _settings.WaitingMax);
                break;
        }
    }

    private ConstraintAutomaton? FormOf(GenerationRequest request)
    {
        if (request.Constraint is not { } constraint)
            return null;
        if (!_forms.TryGetValue(constraint, out var form))
            _forms.Add(constraint, form = FakeForms.Of(constraint));
        return form;
    }

    private void Abort(Sequence sequence)
    {
        if (!_scheduler.Abort(sequence))
            return;
        _alive.Remove(sequence);
        Totals.AbortedCount++;
    }

    private void LoseEpoch()
    {
        var isFault = _random.Next(2) == 0;
        if (isFault && _alive.Count > 0)
            _lastDisordered = _alive.Max(one => one.Id);
        foreach (var aborted in _scheduler.Restart(isFault))
        {
            Assert.True(_alive.Remove(aborted));
            Totals.AbortedCount++;
        }
        _inFlight = null;
        _stepNumber = 0;
        _runner.Rejoin(new SingleRankCollective(++_epoch));
        Totals.LostEpochCount++;
    }

    private bool Plan()
    {
        _inFlight = _scheduler.Plan(_stepNumber + 1);
        if (_inFlight is not { } plan)
        {
            Assert.True(_alive.Count == 0 || _scheduler.Pause != SchedulerPause.None, "somebody waits and nothing is planned");
            return false;
        }
        _stepNumber++;
        Totals.StepCount++;
        Plans.Add(string.Join(';', plan.Sequences.Select(one =>
            $"{one.SequenceId}@{one.FirstPosition}:{string.Join(',', one.TokenIds)}-{one.DraftCount}/{string.Join(',', one.BlockTable)}")));
        Assert.InRange(plan.Sequences.Sum(one => one.TokenIds.Length), 1, _settings.StepTokensMax); // S15
        Assert.InRange(plan.Sequences.Length, 1, _settings.SequencesMax); // S15
        Assert.Equal(plan.Sequences.Length, plan.Sequences.Select(one => one.SequenceId).Distinct().Count());
        AssertMessagesCarry(plan);
        AssertOldestHasItsTurn(plan);
        if (plan.Sequences.Any(step => _alive.Any(one => one.Id == step.SequenceId && one.IsSuspect)))
        {
            Assert.Single(plan.Sequences); // A suspect is alone in its step.
            Totals.SuspectStepCount++;
        }
        return true;
    }

    private void AssertMessagesCarry(StepPlan plan)
    {
        var answerCount = plan.Sequences.Where(one => one.Sampling?.LogprobCount is not null).Sum(one => one.DraftCount + 1);
        Assert.InRange(answerCount, 0, RandomRequests.LongAnswersMax);
        if (answerCount == RandomRequests.LongAnswersMax)
            Totals.FullStepCount++;
    }

    // Nobody starves: first come, first served gives the oldest a share of every step, until it ends. Those that were there when a
    // step failed take turns with its suspects, and end all the same.
    private void AssertOldestHasItsTurn(StepPlan plan)
    {
        if (_settings.Policy != SchedulingPolicy.Fcfs || _scheduler.Pause != SchedulerPause.None
            || _alive.Min(one => one.Id) <= _lastDisordered
            || _alive.Any(one => one.Request.CacheKeys.LoraId is not null))
            return;
        Assert.Contains(_alive.Min(one => one.Id), plan.Sequences.Select(one => one.SequenceId));
    }

    private void Finish()
    {
        var plan = _inFlight!;
        _inFlight = null;
        foreach (var progress in _scheduler.Apply(_runner.Run(plan)))
        {
            _keptTokenCount += progress.Tokens.Length;
            _scored[progress.Sequence.Id].UnionWith(progress.PromptScores.Select(score => score.Position));
            if (progress.Finish is null)
                continue;
            Assert.True(_alive.Remove(progress.Sequence));
            if (progress.Finish == FinishReason.Abort)
                Totals.AbortedCount++;
            else
                Judge(progress.Sequence);
        }
    }

    private void Judge(Sequence sequence)
    {
        Totals.FinishedCount++;
        Assert.Equal(RandomRequests.Expected(sequence.Request, _facts.MaxModelLen), sequence.Tokens);
        if (sequence.Request.Pooling is { } mode)
        {
            Totals.PooledCount++;
            Assert.Equal(FakeModel.Pool(sequence.Request.PromptTokenIds, mode).AsEnumerable(), sequence.Vector);
        }
        if (sequence.Request.Constraint is not null)
            Totals.FormCount++;
        var length = sequence.Request.PromptTokenIds.Length;
        Assert.Equal(
            sequence.Request.PromptLogprobCount is null ? [] : Enumerable.Range(1, length - 1), _scored[sequence.Id]);
    }

    private void Count()
    {
        var counters = _scheduler.Counters;
        Assert.Equal(_keptTokenCount, counters.GeneratedTokenCount);
        Assert.Equal(counters.AcceptedTokenCount, counters.AcceptedByPosition.Sum());
        Assert.True(counters.AcceptedTokenCount <= counters.DraftTokenCount && counters.CacheHitTokenCount <= counters.CacheQueriedTokenCount);
        Totals.PreemptionCount = counters.PreemptionCount;
        Totals.CacheHitTokenCount = counters.CacheHitTokenCount;
        Totals.DraftTokenCount = counters.DraftTokenCount;
        Totals.AcceptedTokenCount = counters.AcceptedTokenCount;
    }
}
