using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Safetensors;

/// <summary>Writes tensors as one safetensors file; data starts at a multiple of 64 bytes, to be mapped.</summary>
/// <remarks>Source: huggingface/safetensors, README, "Format" (2024). Little-endian hosts only.</remarks>
public sealed class SafetensorsWriter
{
    private const int AlignmentBytes = 64;
    private const int LengthBytes = 8;

    private readonly List<(string Name, Tensor Tensor)> _entries = [];

    /// <summary>Adds a tensor under a name; it must live, unchanged, until <see cref="Write"/> has returned.</summary>
    /// <exception cref="ArgumentException">The name is taken, or the type has no name in the format.</exception>
    public void Add(string name, Tensor tensor)
    {
        if (_entries.Any(entry => entry.Name == name))
        {
            throw new ArgumentException($"tensor `{name}` was added before");
        }

        _ = TypeName(tensor.dtype);
        _entries.Add((name, tensor));
    }

    /// <summary>Writes all tensors added, in that order, and replaces the file only when all is written.</summary>
    public void Write(string path)
    {
        var unfinished = path + ".part";
        using (var file = File.Create(unfinished))
        {
            WriteHeader(file);
            foreach (var (_, tensor) in _entries)
            {
                using var still = tensor.detach();
                using var flat = still.contiguous();
                file.Write(flat.bytes);
            }
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private void WriteHeader(Stream file)
    {
        var json = HeaderJson();
        var dataStart = (json.Length + LengthBytes + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes;
        var paddedLength = dataStart - LengthBytes;
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, paddedLength);
        var header = new byte[paddedLength];
        Array.Fill(header, (byte)' ');
        json.CopyTo(header, 0);
        file.Write(length);
        file.Write(header);
    }

    private byte[] HeaderJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            var offset = 0L;
            foreach (var (name, tensor) in _entries)
            {
                var end = offset + (tensor.numel() * tensor.element_size());
                WriteEntry(json, name, tensor, offset, end);
                offset = end;
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, long begin, long end)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", TypeName(tensor.dtype));
        WriteNumbers(json, "shape", tensor.shape);
        WriteNumbers(json, "data_offsets", begin, end);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static string TypeName(ScalarType type) => (int)type switch
    {
        (int)ScalarType.Float64 => "F64",
        (int)ScalarType.Float32 => "F32",
        (int)ScalarType.Float16 => "F16",
        (int)ScalarType.BFloat16 => "BF16",
        (int)ScalarType.Int64 => "I64",
        (int)ScalarType.Int32 => "I32",
        (int)ScalarType.Int16 => "I16",
        (int)ScalarType.Int8 => "I8",
        (int)ScalarType.Byte => "U8",
        (int)ScalarType.Bool => "BOOL",
        23 => "F8_E5M2", // TorchSharp 0.107 has no names for the float8 types; the numbers are c10::ScalarType's.
        24 => "F8_E4M3",
        _ => throw new ArgumentException($"type `{type}` has no name in safetensors"),
    };
}
