using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gaudi.Actors.Requests;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Binds blocks to the prompt they were computed from. Two servers come to the same digest on their own, and only for the same
/// prompt in the same blocks: so whoever holds blocks can refuse them to a request for which they would be wrong.
/// </summary>
internal static class PromptDigest
{
    /// <summary>SHA-256, in lower-case hex, of what decides keys and values beside the model, and of the blocks' ids.</summary>
    /// <param name="request">Its prompt, images, cache salt, and the content of its adapter: neither its name nor its load.</param>
    /// <param name="blocks">Of the whole prompt at the server that computed it, by position.</param>
    internal static string Of(GenerationRequest request, ImmutableArray<int> blocks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, request.PromptTokenIds);
        Add(hash, blocks);
        Add(hash, request.CacheKeys.Salt);
        Add(hash, request.Lora?.Digest);
        foreach (var item in request.CacheKeys.Items)
        {
            Add(hash, item.ContentHash);
            Add(hash, [item.FirstPosition, item.TokenCount]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Lengths go first, so that no two lists of parts have the same bytes; null has a length of its own.
    private static void Add(IncrementalHash hash, string? text)
    {
        var bytes = Encoding.UTF8.GetBytes(text ?? "");
        AddNumber(hash, text is null ? -1 : bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, ImmutableArray<int> numbers)
    {
        AddNumber(hash, numbers.Length);
        hash.AppendData(MemoryMarshal.AsBytes(numbers.AsSpan())); // Little-endian, as every machine with such cards is.
    }

    private static void AddNumber(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
