using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>
/// The serializer of everything that crosses a process: string manifests from a fixed table, fields written by hand.
/// Nothing that comes over the network names a CLR type. Any thread.
/// </summary>
public sealed class GaudiWireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>
    /// The largest message. Unit: bytes. A step of eight sequences that allow 150,000 tokens each, or report the log
    /// probability of as many, fits; tensors never travel here. Under maximum-frame-size of reference.conf, with room
    /// for Akka's envelope.
    /// </summary>
    public const int MessageBytesMax = 16_000_000;

    /// <summary>Stable: peers of other versions know it.</summary>
    public override int Identifier => 4711;

    /// <inheritdoc />
    public override string Manifest(object o) => Format(o).Manifest;

    /// <inheritdoc />
    /// <exception cref="SerializationException">No wire message, or one that is too large.</exception>
    public override byte[] ToBinary(object obj)
    {
        using var writer = new WireWriter();
        Format(obj).Write(writer, (IWireMessage)obj);
        var bytes = writer.ToArray();
        return bytes.Length <= MessageBytesMax
            ? bytes
            : throw new SerializationException(
                $"{obj.GetType().Name} takes {bytes.Length} bytes; a message takes at most {MessageBytesMax}");
    }

    /// <inheritdoc />
    /// <exception cref="SerializationException">An unknown manifest, or bytes that do not fit it.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!WireTable.ByManifest.TryGetValue(manifest, out var format))
            throw new SerializationException($"unknown wire manifest `{manifest}`: is the peer of another version?");
        if (bytes.Length > MessageBytesMax)
            throw new SerializationException(
                $"a {manifest} of {bytes.Length} bytes came; a message takes at most {MessageBytesMax}");
        try
        {
            using var reader = new WireReader(bytes, system);
            var message = format.Read(reader);
            reader.End();
            return message;
        }
        catch (Exception fault) when (fault is IOException or FormatException or ArgumentException)
        {
            throw new SerializationException($"{bytes.Length} bytes are no {manifest}: {fault.Message}", fault);
        }
    }

    private static WireFormat Format(object message) =>
        WireTable.ByType.TryGetValue(message.GetType(), out var format)
            ? format
            : throw new SerializationException($"{message.GetType().Name} has no wire format: add one to Gaudi.Cluster/Wire");
}
