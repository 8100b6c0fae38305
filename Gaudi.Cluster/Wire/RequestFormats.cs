using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Wire;

/// <summary>RequestProtocol on the wire.</summary>
internal static class RequestFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<Generate>(
            "Generate1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.Request.RequestId);
                w.Text(m.Request.Model);
                w.List(m.Request.PromptTokenIds, w.Int);
                w.Write(m.Request.Sampling);
                w.Int(m.Request.TokensMax);
                w.List(m.Request.StopTokenIds, w.Int);
                w.Int(m.Request.Choice);
                w.List(m.EmittedTokenIds, w.Int);
                w.Ref(m.ReplyTo);
            },
            r => new Generate(
                r.Text(),
                new GenerationRequest(
                    r.Text(), r.Text(), r.List(r.Int), r.SamplingParameters(), r.Int(), r.List(r.Int), r.Int()),
                r.List(r.Int), r.Ref())),
        WireFormat.Of<AbortRequest>(
            "AbortRequest1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.RequestId);
                w.Int(m.Choice);
            },
            r => new AbortRequest(r.Text(), r.Text(), r.Int())),
        WireFormat.Of<TokenGenerated>(
            "TokenGenerated1",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Long(m.Epoch);
                w.Int(m.Position);
                w.Int(m.TokenId);
                w.Float(m.Logprob);
                w.List(m.Alternatives, w.Write);
            },
            r => new TokenGenerated(r.Text(), r.Int(), r.Long(), r.Int(), r.Int(), r.Float(), r.List(r.TokenLogprob))),
        WireFormat.Of<RequestFinished>(
            "RequestFinished1",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Int((int)m.Reason);
                w.Optional(m.StopTokenId, w.Int);
                w.Int(m.EndPosition);
            },
            r => new RequestFinished(r.Text(), r.Int(), r.Choice<FinishReason>(), r.Optional(r.Int), r.Int())),
        WireFormat.Of<RequestRefused>(
            "RequestRefused1",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
                w.Int((int)m.Kind);
                w.Text(m.Message);
                w.Optional(m.RetryAfterSeconds, w.Int);
            },
            r => new RequestRefused(r.Text(), r.Int(), r.Choice<RefusalKind>(), r.Text(), r.Optional(r.Int))),
        WireFormat.Of<RequestHeld>(
            "RequestHeld1",
            (w, m) =>
            {
                w.Text(m.RequestId);
                w.Int(m.Choice);
            },
            r => new RequestHeld(r.Text(), r.Int())),
        WireFormat.Of<GetReplicaStatus>(
            "GetReplicaStatus1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Ref(m.ReplyTo);
            },
            r => new GetReplicaStatus(r.Text(), r.Ref())),
        WireFormat.Of<ReplicaStatus>(
            "ReplicaStatus1",
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
            },
            r => new ReplicaStatus(
                r.Text(), r.Text(), r.Text(), r.Bool(), r.Long(), r.List(r.Text), r.List(r.ModelRunnerFacts), r.Int(), r.Int(),
                r.Int())),
    ];
}
