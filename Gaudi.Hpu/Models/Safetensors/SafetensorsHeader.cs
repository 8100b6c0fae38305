using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Hpu.Models.Safetensors;

/// <summary>
/// Reads a header and checks every bound: its length, repeated keys, types, shapes against byte counts, and that the tensors
/// cover the rest of the file without a gap or an overlap.
/// </summary>
/// <remarks>Source: huggingface/safetensors, README "Format" and the checks of tensor.rs (read 2026-11).</remarks>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit on the header. Unit: bytes.</summary>
    public const long HeaderBytesMax = 100_000_000;

    private const int LengthBytes = 8;
    private const string Metadata = "__metadata__";
    private const string CopyAgain = "the file is cut or damaged; copy it again from its source";

    /// <summary>The tensors of a file in the order of their bytes.</summary>
    /// <param name="file">The whole file. Only its head is read.</param>
    /// <exception cref="CheckpointException">The file breaks the format; names the file, the tensor, expected and came.</exception>
    public static ImmutableArray<SafetensorsEntry> Read(MappedFile file)
    {
        if (file.Bytes < LengthBytes)
            throw new CheckpointException($"{file.Path}: expected at least 8 bytes, came {file.Bytes}; {CopyAgain}");
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, LengthBytes));
        if (headerBytes > HeaderBytesMax)
        {
            throw new CheckpointException(
                $"{file.Path}: expected a header of at most {HeaderBytesMax} bytes, came {headerBytes}; "
                + "this is not a safetensors file, or it is damaged");
        }
        if (LengthBytes + (long)headerBytes > file.Bytes)
        {
            throw new CheckpointException(
                $"{file.Path}: expected a header of {headerBytes} bytes, came {file.Bytes - LengthBytes}; {CopyAgain}");
        }
        var header = file.Span(LengthBytes, (int)headerBytes).ToArray();
        try
        {
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var entries = Entries(file.Path, document.RootElement, LengthBytes + (long)headerBytes);
            CheckCover(file, LengthBytes + (long)headerBytes, entries);
            return entries;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // The second: text that is not UTF-8.
        {
            throw new CheckpointException($"{file.Path}: expected a JSON header, but {error.Message}; {CopyAgain}", error);
        }
    }

    private static ImmutableArray<SafetensorsEntry> Entries(string path, JsonElement root, long dataBegin)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new CheckpointException($"{path}: expected a header that is an object, came {root.ValueKind}; {CopyAgain}");
        var entries = new List<SafetensorsEntry>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == Metadata)
                CheckMetadata(path, property.Value);
            else
                entries.Add(Entry(path, property.Name, property.Value, dataBegin));
        }
        return [.. entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.Bytes)];
    }

    private static void CheckMetadata(string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object
            || value.EnumerateObject().Any(item => item.Value.ValueKind != JsonValueKind.String))
            throw new CheckpointException($"{path}: expected {Metadata} to map text to text, came {Short(value)}; {CopyAgain}");
    }

    private static SafetensorsEntry Entry(string path, string name, JsonElement value, long dataBegin)
    {
        CheckpointException Wrong(string expected, string came) =>
            new($"{path}: tensor '{name}': expected {expected}, came {came}; {CopyAgain}");

        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong("an object with dtype, shape and data_offsets", Short(value));
        foreach (var field in value.EnumerateObject())
        {
            if (field.Name is not ("dtype" or "shape" or "data_offsets"))
                throw Wrong("only dtype, shape and data_offsets", $"'{field.Name}'");
        }
        if (!value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String)
            throw Wrong("a dtype", Short(value));
        if (SafetensorsType.Find(dtype.GetString()!) is not { } type)
        {
            var readable = string.Join(", ", SafetensorsType.All.Select(known => known.Name));
            throw new CheckpointException(
                $"{path}: tensor '{name}': expected one of the types {readable}, came {Short(dtype)}; convert the model");
        }
        var shape = Numbers(value, "shape") ?? throw Wrong("a shape of whole numbers of at least 0", Short(value));
        var offsets = Numbers(value, "data_offsets");
        if (offsets is not { Length: 2 } || offsets.Value[0] > offsets.Value[1])
            throw Wrong("data_offsets [begin, end] with 0 <= begin <= end", Short(value));
        var (begin, end) = (offsets.Value[0], offsets.Value[1]);
        if (BytesOf(shape, type) is not { } needed)
            throw Wrong("a shape whose bytes fit in 63 bits", Short(value));
        if (needed != end - begin)
            throw Wrong($"{needed} bytes for {type.Name} [{string.Join(", ", shape)}]", $"{end - begin}");
        if (begin > long.MaxValue - dataBegin)
            throw Wrong("offsets inside the file", $"{begin}");
        return new SafetensorsEntry(name, type, shape, dataBegin + begin, needed);
    }

    private static ImmutableArray<long>? Numbers(JsonElement value, string name)
    {
        if (!value.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
            return null;
        var numbers = ImmutableArray.CreateBuilder<long>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0)
                return null;
            numbers.Add(number);
        }
        return numbers.ToImmutable();
    }

    private static long? BytesOf(ImmutableArray<long> shape, SafetensorsType type)
    {
        var bytes = (Int128)type.ElementBytes;
        foreach (var size in shape) // A size of 0 does not excuse an overflow before it.
        {
            bytes *= Math.Max(size, 1);
            if (bytes > long.MaxValue)
                return null;
        }
        return shape.Contains(0) ? 0 : (long)bytes;
    }

    private static void CheckCover(MappedFile file, long dataBegin, ImmutableArray<SafetensorsEntry> entries)
    {
        var covered = dataBegin;
        foreach (var entry in entries)
        {
            if (entry.Begin != covered)
            {
                throw new CheckpointException(
                    $"{file.Path}: tensor '{entry.Name}': expected to begin at data byte {covered - dataBegin}, where the one "
                    + $"before it ends, came {entry.Begin - dataBegin}; {CopyAgain}");
            }
            if (entry.Bytes > file.Bytes - entry.Begin)
            {
                throw new CheckpointException(
                    $"{file.Path}: tensor '{entry.Name}': expected {entry.Bytes} bytes from byte {entry.Begin} on, the file "
                    + $"has {file.Bytes} bytes; {CopyAgain}");
            }
            covered += entry.Bytes;
        }
        if (covered != file.Bytes)
        {
            throw new CheckpointException(
                $"{file.Path}: expected the tensors to end at byte {covered}, the file has {file.Bytes} bytes; {CopyAgain}");
        }
    }

    private static string Short(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 100 ? text : text[..100] + "...";
    }
}
