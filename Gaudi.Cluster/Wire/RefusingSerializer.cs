using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Gaudi.Cluster.Wire;

/// <summary>
/// Stands where Akka's JSON fallback would, and in place of those of Akka's serializers that make what a sender names: a type
/// without a wire format does not cross a process.
/// </summary>
public sealed class RefusingSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>In place of a serializer that has settings of its own: they are not read.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Config settings) : this(system) => _ = settings;

    /// <inheritdoc />
    public override int Identifier => 4712;

    /// <inheritdoc />
    public override string Manifest(object o) => throw Refuse(o.GetType().Name);

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => throw Refuse(obj.GetType().Name);

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest) => throw Refuse(manifest);

    private static SerializationException Refuse(string type) =>
        new($"{type} may not cross a process: make it an IWireMessage with a wire format, or an ILocalMessage");
}
