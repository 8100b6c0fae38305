using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>
/// The law of the scheduler: whatever arrives, is aborted or fails, blocks are owned once, limits hold, and every choice
/// that ends gets exactly the tokens it would get alone.
/// </summary>
public sealed class SchedulerPropertyTests(ITestOutputHelper output)
{
    private const int SeedCount = 300;
    private const int EventCount = 120;

    [Fact]
    public void Random_arrivals_aborts_and_lost_epochs_change_no_token_and_leak_no_block()
    {
        var finishedCount = 0;
        var abortedCount = 0;
        for (var seed = 0; seed < SeedCount; seed++)
        {
            try
            {
                var history = new History(seed);
                history.Run(EventCount);
                finishedCount += history.FinishedCount;
                abortedCount += history.AbortedCount;
            }
            catch
            {
                output.WriteLine($"seed {seed}");
                throw;
            }
        }
        // The law says nothing when nothing happened.
        Assert.True(finishedCount > 3 * SeedCount, $"{finishedCount} choices finished");
        Assert.True(abortedCount > SeedCount, $"{abortedCount} choices were aborted");
    }

    [Fact]
    public void Same_seed_gives_the_same_plans()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (first, second) = (new History(seed), new History(seed));
            first.Run(EventCount);
            second.Run(EventCount);
            Assert.Equal(first.Plans, second.Plans);
        }
    }

    private sealed class History
    {
        private readonly Random _random;
        private readonly SchedulerSettings _settings;
        private readonly ModelRunnerFacts _facts;
        private readonly Scheduler _scheduler;
        private readonly FakeRunner _runner;
        private readonly List<Sequence> _alive = [];
        private StepPlan? _inFlight;
        private long _stepNumber;
        private long _epoch = 1;

        internal History(int seed)
        {
            _random = new Random(seed);
            _settings = new SchedulerSettings(
                _random.Next(1, 20), _random.Next(1, 5), _random.Next(0, 6), FailedStepsMax: 1 << 20, FinishedKept: 4);
            _facts = FakeRunner.FactsOf(
                maxModelLen: _random.Next(4, 40), blockSizeTokens: _random.Next(1, 6), kvBlockCount: _random.Next(4, 40));
            _scheduler = new Scheduler(_settings, _facts);
            _runner = new FakeRunner(_facts, new SingleRankCollective(_epoch));
        }

        internal int FinishedCount { get; private set; }

        internal int AbortedCount { get; private set; }

        internal List<string> Plans { get; } = [];

        internal void Run(int eventCount)
        {
            for (var i = 0; i < eventCount; i++)
            {
                Happen();
                _scheduler.CheckIntegrity();
            }
            if (_inFlight is not null)
                Finish();
            while (Plan())
                Finish();
            Assert.Empty(_alive);
            Assert.Equal((0, 0, 0), (_scheduler.RunningCount, _scheduler.WaitingCount, _scheduler.BlocksUsed));
        }

        private void Happen()
        {
            switch (_random.Next(10))
            {
                case < 3:
                    Arrive();
                    break;
                case 3 when _alive.Count > 0:
                    Abort(_alive[_random.Next(_alive.Count)]);
                    break;
                case 4:
                    LoseEpoch();
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
            var prompt = Enumerable.Range(0, _random.Next(1, 12)).Select(_ => _random.Next(FakeModel.VocabularySize)).ToList();
            var request = Given.Request($"{_random.Next()}", prompt, _random.Next(1, 12));
            ImmutableArray<int> emitted = [.. FakeModel.Continue(prompt, _random.Next(0, 3))];
            switch (_scheduler.Submit(request, emitted))
            {
                case Submission.Accepted accepted:
                    // Work that had begun elsewhere is never turned away.
                    Assert.True(!emitted.IsEmpty || _scheduler.WaitingCount <= Math.Max(1, _settings.WaitingMax));
                    _alive.Add(accepted.Sequence);
                    break;
                case Submission.Over over:
                    Assert.Equal(FinishReason.Length, over.Reason);
                    break;
                case Submission.Rejected { Kind: RefusalKind.Invalid }:
                    Assert.True(
                        prompt.Count >= _facts.MaxModelLen
                        || Math.Min(prompt.Count + request.TokensMax, _facts.MaxModelLen)
                            > _facts.KvBlockCount * _facts.BlockSizeTokens);
                    break;
                case Submission.Rejected rejected:
                    Assert.Equal(RefusalKind.QueueFull, rejected.Kind);
                    Assert.Empty(emitted);
                    Assert.True(_scheduler.WaitingCount >= _settings.WaitingMax);
                    break;
            }
        }

        private void Abort(Sequence sequence)
        {
            if (!_scheduler.Abort(sequence))
                return;
            _alive.Remove(sequence);
            AbortedCount++;
        }

        private void LoseEpoch()
        {
            foreach (var aborted in _scheduler.Restart())
            {
                Assert.True(_alive.Remove(aborted));
                AbortedCount++;
            }
            _inFlight = null;
            _stepNumber = 0;
            _runner.Rejoin(new SingleRankCollective(++_epoch));
        }

        private bool Plan()
        {
            _inFlight = _scheduler.Plan(_stepNumber + 1);
            if (_inFlight is not { } plan)
                return false;
            _stepNumber++;
            Plans.Add(string.Join(';', plan.Sequences.Select(one =>
                $"{one.SequenceId}@{one.FirstPosition}:{string.Join(',', one.TokenIds)}/{string.Join(',', one.BlockTable)}")));
            Assert.InRange(plan.Sequences.Sum(one => one.TokenIds.Length), 1, _settings.StepTokensMax);
            Assert.InRange(plan.Sequences.Length, 1, _settings.SequencesMax);
            Assert.Equal(plan.Sequences.Length, plan.Sequences.Select(one => one.SequenceId).Distinct().Count());
            return true;
        }

        private void Finish()
        {
            var plan = _inFlight!;
            _inFlight = null;
            foreach (var progress in _scheduler.Apply(_runner.Run(plan)).Where(one => one.Finish is not null))
            {
                Assert.True(_alive.Remove(progress.Sequence));
                if (progress.Finish == FinishReason.Abort)
                    AbortedCount++;
                else
                    Judge(progress.Sequence);
            }
        }

        private void Judge(Sequence sequence)
        {
            FinishedCount++;
            var prompt = sequence.Request.PromptTokenIds;
            Assert.Equal(Math.Min(prompt.Length + sequence.Request.TokensMax, _facts.MaxModelLen), sequence.Tokens.Count);
            Assert.Equal(
                FakeModel.Continue(prompt, sequence.Tokens.Count - prompt.Length), sequence.Tokens.Skip(prompt.Length));
        }
    }
}
