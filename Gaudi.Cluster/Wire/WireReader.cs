using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;

namespace Gaudi.Cluster.Wire;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Bytes come from another process: every count is checked.</summary>
internal sealed class WireReader(byte[] bytes, ExtendedActorSystem system) : IDisposable
{
    // Entries a list has room for before any is read: a count is only a claim. Beyond it room grows with what was read.
    private const int ClaimedCountMax = 256;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BinaryReader _reader = new(new MemoryStream(bytes));

    private int LeftBytes => (int)(_reader.BaseStream.Length - _reader.BaseStream.Position);

    internal int Int() => _reader.Read7BitEncodedInt();

    internal long Long() => _reader.ReadInt64();

    internal ulong ULong() => _reader.ReadUInt64();

    internal float Float() => _reader.ReadSingle();

    internal double Double() => _reader.ReadDouble();

    internal bool Bool() => _reader.ReadBoolean();

    // BinaryReader would repair broken UTF-8, and carry half a character of one text into the next.
    internal string Text()
    {
        var lengthBytes = Int();
        if (lengthBytes < 0 || lengthBytes > LeftBytes)
            throw new SerializationException($"a text of {lengthBytes} bytes in {LeftBytes} bytes");
        var text = Strict.GetString(bytes, (int)_reader.BaseStream.Position, lengthBytes);
        _reader.BaseStream.Position += lengthBytes;
        return text;
    }

    internal T Choice<T>() where T : struct, Enum
    {
        var number = Int();
        var choice = (T)Enum.ToObject(typeof(T), number);
        return Enum.IsDefined(choice) ? choice : throw new SerializationException($"{number} is no {typeof(T).Name}");
    }

    // Akka would take a broken path for dead letters, and the answer would be lost without a word.
    internal IActorRef Ref()
    {
        var path = Text();
        return ActorPath.TryParse(path, out var actor) && actor.Address is { System.Length: > 0, Port: null or > 0 and <= 65535 }
            ? system.Provider.ResolveActorRef(path)
            : throw new SerializationException($"a text of {path.Length} characters is no actor's path");
    }

    internal ImmutableArray<T> List<T>(Func<T> read)
    {
        var count = Int();
        if (count < 0 || count > LeftBytes)
            throw new SerializationException($"a list of {count} entries in {LeftBytes} bytes");
        if (count == 0)
            return [];
        var values = ImmutableArray.CreateBuilder<T>(Math.Min(count, ClaimedCountMax));
        for (var i = 0; i < count; i++)
            values.Add(read());
        return values.DrainToImmutable();
    }

    internal ImmutableArray<byte> Bytes()
    {
        var count = Int();
        if (count < 0 || count > LeftBytes)
            throw new SerializationException($"{count} bytes in {LeftBytes}");
        return ImmutableCollectionsMarshal.AsImmutableArray(_reader.ReadBytes(count));
    }

    internal T? Optional<T>(Func<T> read) where T : struct => Bool() ? read() : null;

    internal T? OptionalOf<T>(Func<T> read) where T : class => Bool() ? read() : null;

    /// <exception cref="SerializationException">Bytes are left over.</exception>
    internal void End()
    {
        if (LeftBytes > 0)
            throw new SerializationException($"{LeftBytes} bytes are left after the last field");
    }

    public void Dispose() => _reader.Dispose();
}
