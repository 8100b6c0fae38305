using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>WorkerProtocol on the wire.</summary>
internal static class WorkerFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<WorkerReady>(
            "WorkerReady2",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Long(m.Incarnation);
                w.Text(m.Token);
                w.Int(m.Pid);
                w.Text(m.Generation);
                w.Bool(m.IsSimulated);
                w.Long(m.MemoryBytes);
                w.Text(m.Digest);
                w.List(m.RegistryLines, w.Text);
                w.List(m.Plugins, w.Write);
                w.Write(m.Platform);
                w.Text(m.Endpoint);
                w.Ref(m.Worker);
            },
            r => new WorkerReady(
                r.Int(), r.Long(), r.Text(), r.Int(), r.Text(), r.Bool(), r.Long(), r.Text(), r.List(r.Text),
                r.List(r.PluginOutcome), r.PlatformReport(), r.Text(), r.Ref())),
        WireFormat.Of<WorkerFailed>(
            "WorkerFailed1",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Long(m.Incarnation);
                w.Text(m.Token);
                w.Int(m.Pid);
                w.Text(m.Reason);
                w.List(m.Plugins, w.Write);
            },
            r => new WorkerFailed(r.Int(), r.Long(), r.Text(), r.Int(), r.Text(), r.List(r.PluginOutcome))),
        WireFormat.Of<WorkerAccepted>("WorkerAccepted1", (w, m) => w.Text(m.Node), r => new WorkerAccepted(r.Text())),
        WireFormat.Of<WorkerRefused>("WorkerRefused1", (w, m) => w.Text(m.Reason), r => new WorkerRefused(r.Text())),
        WireFormat.Of<WorkerHeld>(
            "WorkerHeld1",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Long(m.Incarnation);
                w.Text(m.Token);
                w.OptionalOf(m.GroupId, w.Text);
                w.OptionalOf(m.Loaded, loaded => InventoryFormats.WriteSlice(w, loaded));
            },
            r => new WorkerHeld(
                r.Int(), r.Long(), r.Text(), r.OptionalOf(r.Text), r.OptionalOf(() => InventoryFormats.ReadSlice(r)))),
        WireFormat.Of<KillWorker>(
            "KillWorker1",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Long(m.Incarnation);
                w.Text(m.Reason);
            },
            r => new KillWorker(r.Int(), r.Long(), r.Text())),
        WireFormat.Of<TakeOutCard>(
            "TakeOutCard1",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Long(m.Incarnation);
                w.Bool(m.IsDrained);
                w.Text(m.Reason);
            },
            r => new TakeOutCard(r.Int(), r.Long(), r.Bool(), r.Text())),
        WireFormat.Of<PutBackCard>(
            "PutBackCard1",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Long(m.Incarnation);
            },
            r => new PutBackCard(r.Int(), r.Long())),
        WireFormat.Of<GetWorkerReport>("GetWorkerReport1", (w, m) => w.Ref(m.ReplyTo), r => new GetWorkerReport(r.Ref())),
        WireFormat.Of<WorkerReport>(
            "WorkerReport1",
            (w, m) =>
            {
                w.Int(m.CardIndex);
                w.Int(m.Pid);
                w.Text(m.State);
                w.OptionalOf(m.GroupId, w.Text);
                w.Optional(m.Rank, w.Int);
                w.Optional(m.Epoch, w.Long);
                w.Long(m.UsedBytes);
                w.Long(m.WeightBytes);
                w.Long(m.CollectiveCount);
                w.Long(m.StaleMessageCount);
                w.Text(m.Digest);
                w.List(m.Ops, w.Write);
                w.List(m.Plugins, w.Write);
            },
            r => new WorkerReport(
                r.Int(), r.Int(), r.Text(), r.OptionalOf(r.Text), r.Optional(r.Int), r.Optional(r.Long), r.Long(), r.Long(),
                r.Long(), r.Long(), r.Text(), r.List(r.OpReportRow), r.List(r.PluginOutcome))),
        WireFormat.Of<LaneBroke>(
            "LaneBroke1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.List(m.Endpoints, w.Text);
            },
            r => new LaneBroke(r.Text(), r.Long(), r.List(r.Text))),
    ];
}
