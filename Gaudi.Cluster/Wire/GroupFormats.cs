using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>GroupProtocol on the wire.</summary>
internal static class GroupFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<PrepareRank>(
            "PrepareRank5",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.List(m.Endpoints, w.Text);
                w.Text(m.GroupToken);
                w.Text(m.ExpectedDigest);
                w.Write(m.Model);
                w.Ref(m.ReplyTo);
                w.List(m.Loras, w.Write);
            },
            r => new PrepareRank(
                r.Text(), r.Long(), r.Int(), r.List(r.Text), r.Text(), r.Text(), r.ModelRunnerSettings(), r.Ref())
            {
                Loras = r.List(r.LoraAdapter),
            }),
        WireFormat.Of<RankPrepared>(
            "RankPrepared5",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Text(m.Digest);
                w.Write(m.Facts);
                w.List(m.LoraRefusals, one =>
                {
                    w.Text(one.LoraId);
                    w.Text(one.Reason);
                });
            },
            r => new RankPrepared(r.Text(), r.Long(), r.Int(), r.Text(), r.ModelRunnerFacts())
            {
                LoraRefusals = r.List(() => new LoraRefusal(r.Text(), r.Text())),
            }),
        WireFormat.Of<RankRefused>(
            "RankRefused2",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Text(m.Reason);
                w.Bool(m.IsFinal);
                w.Long(m.NewestEpoch);
                w.OptionalOf(m.HeldBy, w.Text);
            },
            r => new RankRefused(r.Text(), r.Long(), r.Int(), r.Text(), r.Bool(), r.Long()) { HeldBy = r.OptionalOf(r.Text) }),
        WireFormat.Of<CommitGroup>(
            "CommitGroup1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
            },
            r => new CommitGroup(r.Text(), r.Long())),
        WireFormat.Of<RunStep>(
            "RunStep6",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Write(m.Plan);
                w.Ref(m.ReplyTo);
            },
            r => new RunStep(r.Text(), r.Long(), r.StepPlan(), r.Ref())),
        WireFormat.Of<StepCompleted>(
            "StepCompleted3",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Write(m.Output);
                w.Long(m.CollectiveCount);
            },
            r => new StepCompleted(r.Text(), r.Long(), r.Int(), r.StepOutput(), r.Long())),
        WireFormat.Of<StepFailed>(
            "StepFailed1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Long(m.StepNumber);
                w.Text(m.Reason);
            },
            r => new StepFailed(r.Text(), r.Long(), r.Int(), r.Long(), r.Text())),
        WireFormat.Of<AbortEpoch>(
            "AbortEpoch2",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Text(m.Reason);
                w.Int(m.Rank);
                w.OptionalOf(m.ReplyTo, w.Ref);
            },
            r => new AbortEpoch(r.Text(), r.Long(), r.Text(), r.Int(), r.OptionalOf(r.Ref))),
        WireFormat.Of<RankFreed>(
            "RankFreed1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
            },
            r => new RankFreed(r.Text(), r.Long(), r.Int())),
        WireFormat.Of<ReleaseRank>(
            "ReleaseRank1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Text(m.Reason);
            },
            r => new ReleaseRank(r.Text(), r.Long(), r.Text())),
        WireFormat.Of<TransfersMoved>(
            "TransfersMoved1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Write(m.News);
            },
            r => new TransfersMoved(r.Text(), r.Long(), r.Int(), r.KvTransferNews())),
    ];
}
