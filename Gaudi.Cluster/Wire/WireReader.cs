using System.Collections.Immutable;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;

namespace Gaudi.Cluster.Wire;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Bytes come from another process: every count is checked.</summary>
internal sealed class WireReader(byte[] bytes, ExtendedActorSystem system) : IDisposable
{
    private readonly BinaryReader _reader = new(new MemoryStream(bytes), Encoding.UTF8);

    internal int Int() => _reader.Read7BitEncodedInt();

    internal long Long() => _reader.ReadInt64();

    internal ulong ULong() => _reader.ReadUInt64();

    internal float Float() => _reader.ReadSingle();

    internal double Double() => _reader.ReadDouble();

    internal bool Bool() => _reader.ReadBoolean();

    internal string Text() => _reader.ReadString();

    internal IActorRef Ref() => system.Provider.ResolveActorRef(_reader.ReadString());

    internal ImmutableArray<T> List<T>(Func<T> read)
    {
        var count = Int();
        var left = _reader.BaseStream.Length - _reader.BaseStream.Position;
        if (count < 0 || count > left)
            throw new SerializationException($"a list of {count} entries in {left} bytes");
        var values = ImmutableArray.CreateBuilder<T>(count);
        for (var i = 0; i < count; i++)
            values.Add(read());
        return values.MoveToImmutable();
    }

    internal T? Optional<T>(Func<T> read) where T : struct => Bool() ? read() : null;

    internal T? OptionalOf<T>(Func<T> read) where T : class => Bool() ? read() : null;

    /// <exception cref="SerializationException">Bytes are left over.</exception>
    internal void End()
    {
        if (_reader.BaseStream.Position != _reader.BaseStream.Length)
            throw new SerializationException(
                $"{_reader.BaseStream.Length - _reader.BaseStream.Position} bytes are left after the last field");
    }

    public void Dispose() => _reader.Dispose();
}
