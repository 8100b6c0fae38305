using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// What the two ends of a transfer connection say. The server greets with its metadata. The client asks: a read (key, digest of what it
/// expects there, parts) or
/// a notice (key). The answer to a read is, part by part, the bytes with their CRC-32C and whether they were offered to the last,
/// or a refusal that ends it. Numbers are little-endian.
/// </summary>
internal static class TransferWire
{
    /// <summary>Longest key. Unit: UTF-8 bytes.</summary>
    public const int KeyBytesMax = 1024;

    /// <summary>Most descriptors of one read: 160 regions of 4,096 blocks.</summary>
    public const int DescriptorsMax = 1 << 20;

    /// <summary>Bytes copied, summed up and sent at once: they stay in the processor's cache.</summary>
    public const int ChunkBytes = 256 * 1024;

    public const byte Read = 1;
    public const byte Notice = 2;
    public const byte Part = 1;
    public const byte Refusal = 2;
    public const byte Valid = 1;
    public const byte Withdrawn = 2;

    private const uint Magic = 0x3254564b; // "KVT2"
    private const int ReasonBytesMax = 2048;
    private const int SpansAtOnce = 1024;

    /// <summary>The server's first bytes.</summary>
    public static void Greet(Socket socket, ReadOnlyMemory<byte> metadata)
    {
        var bytes = new byte[8 + metadata.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), metadata.Length);
        metadata.CopyTo(bytes.AsMemory(8));
        Send(socket, bytes);
    }

    /// <summary>Reads the greeting.</summary>
    /// <exception cref="LostPeerException">The connection ended, or something else listens there.</exception>
    public static byte[] ReceiveGreeting(Socket socket)
    {
        if (ReceiveUInt(socket) != Magic)
            throw new LostPeerException("expected a rank's transfer lane, came other bytes");
        var length = ReceiveUInt(socket);
        if (length > TransferMemory.MetadataBytesMax)
            throw new LostPeerException($"expected at most {TransferMemory.MetadataBytesMax} bytes of metadata, came {length}");
        return ReceiveBytes(socket, (int)length);
    }

    /// <summary>A read's bytes.</summary>
    public static byte[] ToRead(string key, string digest, ImmutableArray<TransferPart> parts)
    {
        var writer = Begin(Read, key);
        Write(writer, digest);
        Write(writer, parts.Length);
        foreach (var part in parts)
        {
            Write(writer, part.Remote.Length);
            foreach (var span in part.Remote)
            {
                Write(writer, span.Address);
                Write(writer, span.Bytes);
            }
        }
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A notice's bytes.</summary>
    public static byte[] ToNotice(string key) => Begin(Notice, key).WrittenSpan.ToArray();

    /// <summary>The parts of a read: each with its descriptors.</summary>
    /// <exception cref="LostPeerException">The connection ended, or there are too many.</exception>
    public static ImmutableArray<ImmutableArray<MemorySpan>> ReceiveParts(Socket socket)
    {
        var parts = ImmutableArray.CreateBuilder<ImmutableArray<MemorySpan>>();
        var (partCount, descriptorCount) = (ReceiveUInt(socket), 0L);
        for (var i = 0; i < partCount; i++)
        {
            var count = ReceiveUInt(socket);
            descriptorCount += Math.Max(count, 1);
            if (descriptorCount > DescriptorsMax)
                throw new LostPeerException($"a read of more than {DescriptorsMax} descriptors came");
            parts.Add(ReceiveSpans(socket, (int)count));
        }
        return parts.ToImmutable();
    }

    // Memory is taken for what has come, not for what a peer says will come.
    private static ImmutableArray<MemorySpan> ReceiveSpans(Socket socket, int count)
    {
        var spans = ImmutableArray.CreateBuilder<MemorySpan>();
        while (spans.Count < count)
        {
            var bytes = ReceiveBytes(socket, Math.Min(count - spans.Count, SpansAtOnce) * 16).AsSpan();
            for (; !bytes.IsEmpty; bytes = bytes[16..])
                spans.Add(new MemorySpan(
                    BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])));
        }
        return spans.ToImmutable();
    }

    /// <summary>A key, or a digest.</summary>
    /// <exception cref="LostPeerException">The connection ended, or it is too long.</exception>
    public static string ReceiveKey(Socket socket)
    {
        var length = ReceiveUInt(socket);
        return length <= KeyBytesMax
            ? Encoding.UTF8.GetString(ReceiveBytes(socket, (int)length))
            : throw new LostPeerException($"a key of {length} bytes came; it has at most {KeyBytesMax}");
    }

    /// <summary>Says why nothing more of a read comes.</summary>
    public static void Refuse(Socket socket, string reason)
    {
        var text = Encoding.UTF8.GetBytes(reason).AsSpan();
        text = text[..Math.Min(text.Length, ReasonBytesMax)];
        var bytes = new byte[5 + text.Length];
        bytes[0] = Refusal;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), text.Length);
        text.CopyTo(bytes.AsSpan(5));
        Send(socket, bytes);
    }

    /// <summary>The reason behind <see cref="Refusal"/>.</summary>
    public static string ReceiveReason(Socket socket) =>
        Encoding.UTF8.GetString(ReceiveBytes(socket, (int)Math.Min(ReceiveUInt(socket), ReasonBytesMax)));

    /// <summary>One byte.</summary>
    /// <exception cref="LostPeerException">The connection ended.</exception>
    public static byte ReceiveByte(Socket socket) => ReceiveBytes(socket, 1)[0];

    /// <summary>Four bytes.</summary>
    /// <exception cref="LostPeerException">The connection ended.</exception>
    public static uint ReceiveUInt(Socket socket) => BinaryPrimitives.ReadUInt32LittleEndian(ReceiveBytes(socket, 4));

    /// <summary>An address of a host; IPv4 where it has one.</summary>
    /// <exception cref="SocketException">There is none.</exception>
    public static IPAddress Resolve(string host) => IPAddress.TryParse(host, out var address) ? address : Dns.GetHostAddresses(host)
        .OrderBy(one => one.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).FirstOrDefault()
        ?? throw new SocketException((int)SocketError.HostNotFound);

    /// <summary>Resets a connection: whoever waits on it is woken, on both sides. Any thread; repeatable.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
        socket.Dispose();
    }

    /// <summary>Sends all; blocks.</summary>
    /// <exception cref="LostPeerException">The connection ended.</exception>
    public static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[socket.Send(bytes)..];
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException(error.Message);
        }
    }

    private static byte[] ReceiveBytes(Socket socket, int count)
    {
        var bytes = new byte[count];
        Handshake.ReceiveExactly(socket, bytes);
        return bytes;
    }

    private static ArrayBufferWriter<byte> Begin(byte what, string key)
    {
        var writer = new ArrayBufferWriter<byte>();
        writer.Write([what]);
        Write(writer, key);
        return writer;
    }

    private static void Write(ArrayBufferWriter<byte> writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Write(writer, bytes.Length);
        writer.Write(bytes);
    }

    private static void Write(ArrayBufferWriter<byte> writer, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), value);
        writer.Advance(4);
    }

    private static void Write(ArrayBufferWriter<byte> writer, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), value);
        writer.Advance(8);
    }
}
