using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Actors.Ranks;

/// <summary>
/// One rank's native work, on the card's pinned thread: connect the lane, load the slice, run steps. It is inside its step
/// while that runs, so abort and status go to its parent, which holds the lane. Weights stay across epochs.
/// </summary>
internal sealed class RankActor : ReceiveActor
{
    private readonly ICollectiveFactory _lanes;
    private readonly RunnerFactory _load;
    private readonly ConnectorFactory _connect;
    private IModelRunner? _runner;
    private KvConnector? _connector;
    private ICollective? _lane;
    private PrepareRank? _prepared;
    private long _lastStep;
    private IGroupMessage? _answer; // To the newest PrepareRank.

    public RankActor(ICollectiveFactory lanes, RunnerFactory load, ConnectorFactory connect)
    {
        _lanes = lanes;
        _load = load;
        _connect = connect;
        Receive<JoinEpoch>(Join);
        Receive<AnswerAgain>(again =>
        {
            if (_answer is { } answer && answer.GroupId == again.Prepare.GroupId && answer.Epoch == again.Prepare.Epoch)
                again.Prepare.ReplyTo.Tell(answer);
        });
        Receive<RunStep>(Run);
        Receive<LoadLora>(LoadLora);
        Receive<DropLora>(drop => _runner?.RemoveLora(drop.LoraId));
        Receive<TransfersWoke>(_ => TellTransfers());
        Receive<AbortEpoch>(abort => abort.ReplyTo?.Tell(new RankFreed(abort.GroupId, abort.Epoch, abort.Rank)));
        Receive<LeaveGroup>(_ => Leave());
    }

    protected override void PostStop() => Leave();

    private void Leave()
    {
        _lane?.Dispose();
        Unload();
        (_lane, _prepared) = (null, null);
    }

    // The connector's lane reads and writes the runner's blocks.
    private void Unload()
    {
        _connector?.Dispose();
        _connector = null;
        _runner?.Dispose();
        _runner = null;
    }

    private void Join(JoinEpoch join)
    {
        var prepare = join.Prepare;
        try
        {
            _lane?.Dispose();
            _connector?.Reset(); // Before any step of this epoch takes blocks that the last one's loads still write.
            _lane = _lanes.Connect(
                new GroupAddress(prepare.GroupId, prepare.Epoch, prepare.Rank, prepare.Endpoints, prepare.GroupToken), join.Abort);
            Context.Parent.Tell(new LaneOpened(prepare, _lane));
            Load(prepare, _lane);
            var refusals = TakeLoras(prepare.Loras, _runner!);
            _prepared = prepare;
            _lastStep = 0;
            Context.Parent.Tell(new SliceLoaded(prepare, _runner!.Facts));
            _answer = new RankPrepared(prepare.GroupId, prepare.Epoch, prepare.Rank, prepare.ExpectedDigest, _runner.Facts)
            {
                LoraRefusals = refusals,
            };
            prepare.ReplyTo.Tell(_answer);
        }
        catch (CollectiveAbortedException aborted)
        {
            Refuse(prepare, aborted.Message, isFinal: false);
        }
        catch (Exception fault) when (fault is CheckpointException or CardMemoryException or PlatformException
            or OpConfigurationException or TransferLaneException)
        {
            Refuse(prepare, fault.Message, isFinal: true);
        }
    }

    private void Load(PrepareRank prepare, ICollective lane)
    {
        if (_runner is not null && _prepared is { } last && last.Model == prepare.Model && last.Rank == prepare.Rank
            && last.Endpoints.Length == prepare.Endpoints.Length)
        {
            _runner.Rejoin(lane);
            return;
        }
        Unload();
        _runner = _load(prepare.Model, lane);
        var self = Self;
        if (prepare.Model.KvConnector is not null)
            _connector = _connect(prepare.Model, _runner, lane, () => self.Tell(new TransfersWoke()));
    }

    private static ImmutableArray<LoraRefusal> TakeLoras(ImmutableArray<LoraAdapter> wanted, IModelRunner runner)
    {
        foreach (var id in runner.LoraIds.Except(wanted.Select(one => one.Id)))
            runner.RemoveLora(id);
        return
        [
            .. wanted.Select(one => (one.Id, Refusal: runner.AddLora(one))).Where(one => one.Refusal is not null)
                .Select(one => new LoraRefusal(one.Id, one.Refusal!)),
        ];
    }

    private void LoadLora(LoadLora load)
    {
        if (_prepared is { } prepared && load.Epoch == prepared.Epoch && _runner is not null)
            load.ReplyTo.Tell(new LoraLoaded(load.GroupId, load.Epoch, prepared.Rank, load.Adapter.Id, _runner.AddLora(load.Adapter)));
    }

    // Between steps nobody asks: so news go by themselves, and with a step's they go behind it.
    private void TellTransfers()
    {
        if (_connector is null || _prepared is not { } prepared)
            return;
        if (_connector.TakeFinished() is { IsEmpty: false } news)
            prepared.ReplyTo.Tell(new TransfersMoved(prepared.GroupId, prepared.Epoch, prepared.Rank, news));
    }

    private StepOutput Compute(StepPlan plan)
    {
        if (plan.Transfers is { } before)
            Connector(plan).StartLoads(before);
        var output = plan.Sequences.IsEmpty ? StepOutput.Empty(plan.StepNumber) : _runner!.Run(plan);
        if (plan.Transfers is { } after)
            Connector(plan).MakeOffers(after);
        return output;
    }

    private KvConnector Connector(StepPlan plan) => _connector
        ?? throw new InvariantBrokenException($"step {plan.StepNumber} transfers blocks and the model was loaded without a connector");

    private void Refuse(PrepareRank prepare, string reason, bool isFinal)
    {
        _prepared = isFinal ? null : _prepared;
        Context.Parent.Tell(new EpochEnded(prepare, reason));
        _answer = new RankRefused(prepare.GroupId, prepare.Epoch, prepare.Rank, reason, isFinal, prepare.Epoch);
        prepare.ReplyTo.Tell(_answer);
    }

    private void Run(RunStep run)
    {
        if (_prepared is not { } prepared || run.Epoch != prepared.Epoch || _runner is null || _lane is null)
            return; // Stale: the parent counted it, or the epoch ended while it was on its way.
        if (run.Plan.StepNumber != _lastStep + 1)
        {
            Fail(run, $"step {run.Plan.StepNumber} came after step {_lastStep}");
            return;
        }
        try
        {
            var output = Compute(run.Plan);
            _lastStep = run.Plan.StepNumber;
            run.ReplyTo.Tell(new StepCompleted(run.GroupId, run.Epoch, prepared.Rank, output, _lane.CompletedCount));
        }
        catch (CollectiveAbortedException aborted)
        {
            Fail(run, aborted.Message, aborted.IsPeerLost);
        }
        catch (CardMemoryException full)
        {
            Fail(run, full.Message);
        }

        void Fail(RunStep step, string reason, bool isPeerLost = false)
        {
            Context.Parent.Tell(new EpochEnded(prepared, reason, isPeerLost));
            step.ReplyTo.Tell(new StepFailed(step.GroupId, step.Epoch, prepared.Rank, step.Plan.StepNumber, reason));
        }
    }
}
