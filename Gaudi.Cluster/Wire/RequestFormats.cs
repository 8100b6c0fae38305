using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;

namespace Gaudi.Cluster.Wire;

/// <summary>RequestProtocol on the wire.</summary>
internal static class RequestFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<Generate>(
            "Generate6",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                Write(w, m.Request);
                w.List(m.EmittedTokenIds, w.Int);
                w.Ref(m.ReplyTo);
                w.Int(m.FailedStepCount);
            },
            r => new Generate(r.Text(), ReadRequest(r), r.List(r.Int), r.Ref()) { FailedStepCount = r.Int() }),
        WireFormat.Of<AbortRequest>(
            "AbortRequest1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.RequestId);
                w.Int(m.Choice);
            },
            r => new AbortRequest(r.Text(), r.Text(), r.Int())),
        WireFormat.Of<ReleaseBlocks>(
            "ReleaseBlocks1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.Key);
            },
            r => new ReleaseBlocks(r.Text(), r.Text())),
        WireFormat.Of<TokenGenerated>(
            "TokenGenerated3",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Long(m.Epoch);
                w.Int(m.Position);
                w.Int(m.TokenId);
                w.Float(m.Logprob);
                w.List(m.Alternatives, w.Write);
                w.Int(m.CachedTokenCount);
                w.Long(m.Queued.Ticks);
            },
            r => new TokenGenerated(r.Text(), r.Int(), r.Long(), r.Int(), r.Int(), r.Float(), r.List(r.TokenLogprob))
            {
                CachedTokenCount = r.Int(),
                Queued = new TimeSpan(r.Long()),
            }),
        WireFormat.Of<PromptScored>(
            "PromptScored1",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Long(m.Epoch);
                w.List(m.Scores, w.Write);
            },
            r => new PromptScored(r.Text(), r.Int(), r.Long(), r.List(r.PromptScore))),
        WireFormat.Of<RequestFinished>(
            "RequestFinished4",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Int((int)m.Reason);
                w.Optional(m.StopTokenId, w.Int);
                w.Int(m.EndPosition);
                w.Int(m.CachedTokenCount);
                w.List(m.Vector, w.Float);
                w.OptionalOf(m.KvTransfer, w.Write);
            },
            r => new RequestFinished(
                r.Text(), r.Int(), r.Choice<FinishReason>(), r.Optional(r.Int), r.Int(), r.Int())
            {
                Vector = r.List(r.Float),
                KvTransfer = r.OptionalOf(r.KvTransferParams),
            }),
        WireFormat.Of<RequestRefused>(
            "RequestRefused2",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Int((int)m.Kind);
                w.Text(m.Message);
                w.Optional(m.RetryAfterSeconds, w.Int);
                w.Text(m.ReplicaId);
                w.Bool(m.IsOfReplica);
            },
            r => new RequestRefused(r.Text(), r.Int(), r.Choice<RefusalKind>(), r.Text(), r.Optional(r.Int))
            {
                ReplicaId = r.Text(),
                IsOfReplica = r.Bool(),
            }),
        WireFormat.Of<RequestHeld>(
            "RequestHeld2",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Text(m.Obstacle);
            },
            r => new RequestHeld(r.Text(), r.Int()) { Obstacle = r.Text() }),
        WireFormat.Of<RequestFaulted>(
            "RequestFaulted1",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Int(m.FailedStepCount);
                w.Text(m.Reason);
            },
            r => new RequestFaulted(r.Text(), r.Int(), r.Int(), r.Text())),
        WireFormat.Of<WatchReplica>(
            "WatchReplica1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Ref(m.Watcher);
            },
            r => new WatchReplica(r.Text(), r.Ref())),
        WireFormat.Of<ReplicaChanged>(
            "ReplicaChanged1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.State);
                w.Bool(m.IsFinal);
                w.Long(m.Epoch);
            },
            r => new ReplicaChanged(r.Text(), r.Text(), r.Bool(), r.Long())),
        WireFormat.Of<GetReplicaStatus>(
            "GetReplicaStatus1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Ref(m.ReplyTo);
            },
            r => new GetReplicaStatus(r.Text(), r.Ref())),
        WireFormat.Of<ReplicaStatus>(
            "ReplicaStatus6",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.State);
                w.Text(m.Reason);
                w.Bool(m.IsFinal);
                w.Long(m.Epoch);
                w.List(m.Ranks, w.Text);
                w.List(m.Facts, w.Write);
                w.Int(m.RunningCount);
                w.Int(m.WaitingCount);
                w.Int(m.BlocksUsed);
                Write(w, m.Counters);
                w.List(m.RunningLoras, w.Text);
                w.List(m.WaitingLoras, w.Text);
                w.OptionalOf(m.Transfers, w.Write);
                w.Int(m.HeldCount);
                w.Int(m.DeferredCount);
                RecoveryFormats.Write(w, m.Recoveries);
                w.Text(m.EndCause);
            },
            r => new ReplicaStatus(
                r.Text(), r.Text(), r.Text(), r.Bool(), r.Long(), r.List(r.Text), r.List(r.ModelRunnerFacts), r.Int(), r.Int(),
                r.Int())
            {
                Counters = ReadCounters(r),
                RunningLoras = r.List(r.Text),
                WaitingLoras = r.List(r.Text),
                Transfers = r.OptionalOf(r.TransferCounters),
                HeldCount = r.Int(),
                DeferredCount = r.Int(),
                Recoveries = RecoveryFormats.Read(r),
                EndCause = r.Text(),
            }),
    ];

    private static void Write(WireWriter w, GenerationRequest request)
    {
        w.Text(request.RequestId);
        w.Text(request.Model);
        w.List(request.PromptTokenIds, w.Int);
        w.Write(request.Sampling);
        w.Int(request.TokensMax);
        w.List(request.StopTokenIds, w.Int);
        w.Int(request.Choice);
        w.Int(request.Priority);
        w.OptionalOf(request.CacheKeys.Salt, w.Text);
        w.OptionalOf(request.CacheKeys.LoraId, w.Text);
        w.List(request.CacheKeys.Items, item =>
        {
            w.Text(item.ContentHash);
            w.Int(item.FirstPosition);
            w.Int(item.TokenCount);
        });
        w.Optional(request.PromptLogprobCount, w.Int);
        w.OptionalOf(request.Constraint, constraint =>
        {
            w.Int((int)constraint.Kind);
            w.Text(constraint.Text);
        });
        w.Optional(request.Pooling, mode => w.Int((int)mode));
        w.List(request.Images, w.Write);
        w.OptionalOf(request.Group, group =>
        {
            w.Text(group.Id);
            w.Int(group.Size);
        });
        w.OptionalOf(request.Lora, w.Write);
        w.OptionalOf(request.KvTransfer, w.Write);
    }

    private static GenerationRequest ReadRequest(WireReader r) => new(
        r.Text(), r.Text(), r.List(r.Int), r.SamplingParameters(), r.Int(), r.List(r.Int), r.Int())
    {
        Priority = r.Int(),
        CacheKeys = new CacheKeys(
            r.OptionalOf(r.Text), r.OptionalOf(r.Text), r.List(() => new CacheItem(r.Text(), r.Int(), r.Int()))),
        PromptLogprobCount = r.Optional(r.Int),
        Constraint = r.OptionalOf(() => new OutputConstraint(r.Choice<ConstraintKind>(), r.Text())),
        Pooling = r.Optional(r.Choice<PoolingMode>),
        Images = r.List(r.PromptImage),
        Group = r.OptionalOf(() => new ChoiceGroup(r.Text(), r.Int())),
        Lora = r.OptionalOf(r.LoraAdapter),
        KvTransfer = r.OptionalOf(r.KvTransferParams),
    };

    private static void Write(WireWriter w, EngineCounters counters)
    {
        w.Long(counters.PromptTokenCount);
        w.Long(counters.GeneratedTokenCount);
        w.Long(counters.CacheQueriedTokenCount);
        w.Long(counters.CacheHitTokenCount);
        w.Long(counters.PreemptionCount);
        w.Long(counters.DraftCount);
        w.Long(counters.DraftTokenCount);
        w.Long(counters.AcceptedTokenCount);
        w.List(counters.AcceptedByPosition, w.Long);
        w.Long(counters.CachedPromptTokenCount);
        w.Long(counters.StepTokenCount);
        w.List(counters.StepsByTokens, w.Long);
        w.Long(counters.EndedPreemptionCount);
        w.List(counters.EndedByPreemptions, w.Long);
        w.Long(counters.ExternalTokenCount);
        w.Long(counters.ExternalQueriedTokenCount);
    }

    private static EngineCounters ReadCounters(WireReader r) => new(
        r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.List(r.Long))
    {
        CachedPromptTokenCount = r.Long(),
        StepTokenCount = r.Long(),
        StepsByTokens = r.List(r.Long),
        EndedPreemptionCount = r.Long(),
        EndedByPreemptions = r.List(r.Long),
        ExternalTokenCount = r.Long(),
        ExternalQueriedTokenCount = r.Long(),
    };
}
