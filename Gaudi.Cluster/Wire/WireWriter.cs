using System.Collections.Immutable;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace Gaudi.Cluster.Wire;

/// <summary>Writes the fields of one message: little-endian numbers, length-prefixed UTF-8, counted lists.</summary>
internal sealed class WireWriter : IDisposable
{
    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    internal WireWriter() => _writer = new BinaryWriter(_bytes, Encoding.UTF8);

    internal byte[] ToArray()
    {
        _writer.Flush();
        return _bytes.ToArray();
    }

    internal void Int(int value) => _writer.Write7BitEncodedInt(value);

    internal void Long(long value) => _writer.Write(value);

    internal void ULong(ulong value) => _writer.Write(value);

    internal void Float(float value) => _writer.Write(value);

    internal void Double(double value) => _writer.Write(value);

    internal void Bool(bool value) => _writer.Write(value);

    internal void Text(string value) => _writer.Write(value ?? throw Missing("text"));

    internal void Ref(IActorRef value) => _writer.Write(Serialization.SerializedActorPath(value ?? throw Missing("actor")));

    internal void List<T>(ImmutableArray<T> values, Action<T> write)
    {
        if (values.IsDefault)
            throw Missing("list");
        Int(values.Length);
        foreach (var value in values)
            write(value);
    }

    internal void Bytes(ImmutableArray<byte> values)
    {
        if (values.IsDefault)
            throw Missing("bytes");
        Int(values.Length);
        _writer.Write(values.AsSpan());
    }

    internal void Optional<T>(T? value, Action<T> write) where T : struct
    {
        Bool(value.HasValue);
        if (value is { } present)
            write(present);
    }

    internal void OptionalOf<T>(T? value, Action<T> write) where T : class
    {
        Bool(value is not null);
        if (value is not null)
            write(value);
    }

    // Any other exception would close the connection to the peer, and take its good messages along.
    private static SerializationException Missing(string what) => new($"a field that must hold a {what} holds null");

    public void Dispose() => _writer.Dispose();
}
