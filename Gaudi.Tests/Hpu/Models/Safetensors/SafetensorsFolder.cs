using System.Buffers.Binary;
using System.Text;

namespace Gaudi.Tests.Hpu.Models.Safetensors;

/// <summary>Files of the format made by hand, right or wrong, in a folder of their own that is deleted at the end.</summary>
internal sealed class SafetensorsFolder : IDisposable
{
    public SafetensorsFolder() => Path = Directory.CreateTempSubdirectory("gaudi-safetensors-").FullName;

    public string Path { get; }

    /// <summary>Writes a file: header length, header, data.</summary>
    public string Write(string fileName, string header, ReadOnlySpan<byte> data) =>
        WriteBytes(fileName, FileBytes(header, data));

    public string WriteBytes(string fileName, ReadOnlySpan<byte> bytes)
    {
        var path = System.IO.Path.Combine(Path, fileName);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A file's bytes. The data begins at byte 8 + the header's length.</summary>
    public static byte[] FileBytes(string header, ReadOnlySpan<byte> data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes.AsSpan(8 + json.Length));
        return bytes;
    }

    /// <summary>A header padded with spaces so that the data begins at this remainder of 64.</summary>
    public static string Aligned(string header, int remainder = 0)
    {
        var padding = (64 + remainder - (8 + Encoding.UTF8.GetByteCount(header)) % 64) % 64;
        return header + new string(' ', padding);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
