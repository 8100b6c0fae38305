using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>One entry of the wire table: a manifest, and how its message is written and read.</summary>
/// <param name="Manifest">Short, versioned, for ever: `RunStep1`. A changed shape is a new entry.</param>
/// <param name="Type">The message.</param>
/// <param name="Write">Writes its fields.</param>
/// <param name="Read">Reads them.</param>
internal sealed record WireFormat(
    string Manifest, Type Type, Action<WireWriter, IWireMessage> Write, Func<WireReader, IWireMessage> Read)
{
    internal static WireFormat Of<T>(string manifest, Action<WireWriter, T> write, Func<WireReader, T> read)
        where T : IWireMessage =>
        new(manifest, typeof(T), (writer, message) => write(writer, (T)message), reader => read(reader));
}
