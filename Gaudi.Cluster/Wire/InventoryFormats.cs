using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>InventoryProtocol on the wire.</summary>
internal static class InventoryFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<PublishCards>(
            "PublishCards2",
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
        w.Long(one.Incarnation);
        w.Text(one.LastExit);
    }

    private static CardOffer ReadCard(WireReader r) => new(
        r.Text(), r.Int(), r.Text(), r.Text(), r.Optional(r.Int), r.Text(), r.Bool(), r.Long(), r.Text(), r.List(r.Text),
        r.Text(), r.OptionalOf(r.Ref))
    {
        Incarnation = r.Long(),
        LastExit = r.Text(),
    };
}
