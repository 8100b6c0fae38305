using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>LoraProtocol on the wire.</summary>
internal static class LoraFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<LoadLora>(
            "LoadLora1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Write(m.Adapter);
                w.Ref(m.ReplyTo);
            },
            r => new LoadLora(r.Text(), r.Long(), r.LoraAdapter(), r.Ref())),
        WireFormat.Of<LoraLoaded>(
            "LoraLoaded1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Int(m.Rank);
                w.Text(m.LoraId);
                w.OptionalOf(m.Refusal, w.Text);
            },
            r => new LoraLoaded(r.Text(), r.Long(), r.Int(), r.Text(), r.OptionalOf(r.Text))),
        WireFormat.Of<DropLora>(
            "DropLora1",
            (w, m) =>
            {
                w.Text(m.GroupId);
                w.Long(m.Epoch);
                w.Text(m.LoraId);
            },
            r => new DropLora(r.Text(), r.Long(), r.Text())),
        WireFormat.Of<LoadAdapter>(
            "LoadAdapter1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Write(m.Adapter);
                w.Ref(m.ReplyTo);
            },
            r => new LoadAdapter(r.Text(), r.LoraAdapter(), r.Ref())),
        WireFormat.Of<AdapterLoaded>(
            "AdapterLoaded1",
            (w, m) =>
            {
                w.Text(m.LoraId);
                w.OptionalOf(m.Refusal, w.Text);
                w.Bool(m.IsUnavailable);
            },
            r => new AdapterLoaded(r.Text(), r.OptionalOf(r.Text), r.Bool())),
        WireFormat.Of<UnloadAdapter>(
            "UnloadAdapter1",
            (w, m) =>
            {
                w.Text(m.ReplicaId);
                w.Text(m.LoraId);
                w.Ref(m.ReplyTo);
            },
            r => new UnloadAdapter(r.Text(), r.Text(), r.Ref())),
        WireFormat.Of<AdapterUnloaded>("AdapterUnloaded1", (w, m) => w.Text(m.LoraId), r => new AdapterUnloaded(r.Text())),
    ];
}
