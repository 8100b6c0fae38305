using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>ServedProtocol on the wire.</summary>
internal static class ServedFormats
{
    internal static ImmutableArray<WireFormat> All { get; } =
    [
        WireFormat.Of<GetServed>("GetServed1", (w, m) => w.Ref(m.ReplyTo), r => new GetServed(r.Ref())),
        WireFormat.Of<ServedTold>(
            "ServedTold2",
            (w, m) =>
            {
                w.List(m.Lines, w.Text);
                w.Bool(m.IsMember);
            },
            r => new ServedTold(r.List(r.Text), r.Bool())),
    ];
}
