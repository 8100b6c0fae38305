using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Wire;

/// <summary>GroupProtocol on the wire.</summary>
internal static class GroupFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<PrepareRank>(
            "PrepareRank1",
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
            },
            r => new PrepareRank(
                r.Text(), r.Long(), r.Int(), r.List(r.Text), r.Text(), r.Text(), r.ModelRunnerSettings(), r.Ref())),
        WireFormat.Of<RankPrepared>(
            "RankPrepared1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Text(m.Digest);
                w.Write(m.Facts);
            },
            r => new RankPrepared(r.Text(), r.Long(), r.Int(), r.Text(), r.ModelRunnerFacts())),
        WireFormat.Of<RankRefused>(
            "RankRefused1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Text(m.Reason);
                w.Bool(m.IsFinal);
                w.Long(m.NewestEpoch);
            },
            r => new RankRefused(r.Text(), r.Long(), r.Int(), r.Text(), r.Bool(), r.Long())),
        WireFormat.Of<CommitGroup>(
            "CommitGroup1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
            },
            r => new CommitGroup(r.Text(), r.Long())),
        WireFormat.Of<RunStep>(
            "RunStep1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Long(m.Plan.StepNumber);
                w.List(m.Plan.Sequences, one => WriteSequence(w, one));
                w.Ref(m.ReplyTo);
            },
            r => new RunStep(
                r.Text(), r.Long(), new StepPlan(r.Long(), r.List(() => ReadSequence(r))), r.Ref())),
        WireFormat.Of<StepCompleted>(
            "StepCompleted1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Long(m.Output.StepNumber);
                w.List(m.Output.Tokens, one => WriteToken(w, one));
                w.ULong(m.Output.LogitsDigest);
                w.Long(m.CollectiveCount);
            },
            r => new StepCompleted(
                r.Text(), r.Long(), r.Int(), new StepOutput(r.Long(), r.List(() => ReadToken(r)), r.ULong()), r.Long())),
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
            "AbortEpoch1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Text(m.Reason);
            },
            r => new AbortEpoch(r.Text(), r.Long(), r.Text())),
        WireFormat.Of<ReleaseRank>(
            "ReleaseRank1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Text(m.Reason);
            },
            r => new ReleaseRank(r.Text(), r.Long(), r.Text())),
    ];

    private static void WriteSequence(WireWriter w, SequenceStep one)
    {
        w.Long(one.SequenceId);
        w.List(one.TokenIds, w.Int);
        w.Int(one.FirstPosition);
        w.Int(one.PromptTokenCount);
        w.List(one.BlockTable, w.Int);
        w.OptionalOf(one.Sampling, w.Write);
        w.Int(one.Choice);
    }

    private static SequenceStep ReadSequence(WireReader r) => new(
        r.Long(), r.List(r.Int), r.Int(), r.Int(), r.List(r.Int), r.OptionalOf(r.SamplingParameters), r.Int());

    private static void WriteToken(WireWriter w, SampledToken one)
    {
        w.Long(one.SequenceId);
        w.Int(one.Position);
        w.Int(one.TokenId);
        w.Float(one.Logprob);
        w.List(one.Alternatives, w.Write);
    }

    private static SampledToken ReadToken(WireReader r) =>
        new(r.Long(), r.Int(), r.Int(), r.Float(), r.List(r.TokenLogprob));
}
