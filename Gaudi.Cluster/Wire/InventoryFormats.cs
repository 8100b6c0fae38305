using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>InventoryProtocol on the wire.</summary>
internal static class InventoryFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<PublishCards>(
            "PublishCards3",
            (w, m) =>
            {
                w.Text(m.Node);
                w.Long(m.Version);
                w.List(m.Cards, one => WriteCard(w, one));
                w.Ref(m.Inventory);
            },
            r => new PublishCards(r.Text(), r.Long(), r.List(() => ReadCard(r)), r.Ref())),
    ];

    private static void WriteCard(WireWriter w, CardOffer one)
    {
        w.Text(one.Node);
        w.Int(one.CardIndex);
        w.Text(one.State);
        w.Text(one.Reason);
        w.Optional(one.Pid, w.Int);
        w.Text(one.Generation);
        w.Bool(one.IsSimulated);
        w.Long(one.MemoryBytes);
        w.Text(one.Digest);
        w.List(one.RegistryLines, w.Text);
        w.Text(one.Endpoint);
        w.OptionalOf(one.Worker, w.Ref);
        w.OptionalOf(one.GroupId, w.Text);
        w.OptionalOf(one.Loaded, loaded => WriteSlice(w, loaded));
        w.Long(one.Incarnation);
        w.OptionalOf(one.Minder, w.Ref);
        w.Text(one.LastExit);
    }

    /// <summary>A slice that a worker has in memory.</summary>
    internal static void WriteSlice(WireWriter w, LoadedSlice loaded)
    {
        w.Text(loaded.GroupId);
        w.Int(loaded.Rank);
        w.Long(loaded.Epoch);
    }

    /// <summary>The same, read.</summary>
    internal static LoadedSlice ReadSlice(WireReader r) => new(r.Text(), r.Int(), r.Long());

    private static CardOffer ReadCard(WireReader r) => new(
        r.Text(), r.Int(), r.Text(), r.Text(), r.Optional(r.Int), r.Text(), r.Bool(), r.Long(), r.Text(), r.List(r.Text),
        r.Text(), r.OptionalOf(r.Ref))
    {
        GroupId = r.OptionalOf(r.Text), Loaded = r.OptionalOf(() => ReadSlice(r)), Incarnation = r.Long(),
        Minder = r.OptionalOf(r.Ref), LastExit = r.Text(),
    };
}
