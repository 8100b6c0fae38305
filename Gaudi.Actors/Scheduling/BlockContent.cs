using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Gaudi.Actors.Requests;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// What decides the keys and values of one full block (rule K1), written so that different contents are different bytes:
/// every part has a fixed size or its length before it.
/// </summary>
internal static class BlockContent
{
    /// <summary>The hash of a block.</summary>
    /// <param name="parent">Of the block before it; null for the first.</param>
    /// <param name="tokens">All of the block's tokens.</param>
    /// <param name="firstPosition">Of the block.</param>
    /// <param name="promptTokenCount">Of the request: a position's role decides its kernel, and so its keys and values.</param>
    /// <param name="keys">Of the request.</param>
    internal static BlockHash HashOf(
        BlockHash? parent, ReadOnlySpan<int> tokens, int firstPosition, int promptTokenCount, CacheKeys keys)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Write(bytes, parent is null ? 0 : 1);
        if (parent is { } before)
        {
            before.CopyTo(bytes.GetSpan(BlockHash.ByteCount));
            bytes.Advance(BlockHash.ByteCount);
        }
        Write(bytes, tokens.Length);
        foreach (var token in tokens)
            Write(bytes, token);
        Write(bytes, Math.Clamp(promptTokenCount - firstPosition, 0, tokens.Length));
        Write(bytes, parent is null ? keys.Salt : null);
        Write(bytes, keys.LoraId);
        foreach (var item in keys.Items)
        {
            if (item.FirstPosition >= firstPosition + tokens.Length || item.FirstPosition + item.TokenCount <= firstPosition)
                continue;
            Write(bytes, item.ContentHash);
            Write(bytes, item.FirstPosition - firstPosition);
            Write(bytes, item.TokenCount);
        }
        return BlockHash.Of(bytes.WrittenSpan);
    }

    private static void Write(ArrayBufferWriter<byte> bytes, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(sizeof(int)), value);
        bytes.Advance(sizeof(int));
    }

    // As UTF-16, because an encoding that replaces what it cannot say would make different texts equal.
    private static void Write(ArrayBufferWriter<byte> bytes, string? text)
    {
        Write(bytes, text?.Length ?? -1);
        bytes.Write(MemoryMarshal.AsBytes(text.AsSpan()));
    }
}
