using System.Buffers.Binary;
using System.Text.Json;
using Gaudi.Hpu.Models.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Learning;

/// <summary>float32 tensors in a safetensors file: what the trainer needs to stop and go on.</summary>
public static class TensorFile
{
    /// <summary>All tensors of a file this trainer wrote; the caller owns them.</summary>
    public static Dictionary<string, Tensor> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        return header.RootElement.EnumerateObject()
            .Where(entry => entry.Name != "__metadata__")
            .ToDictionary(entry => entry.Name, entry => ReadTensor(bytes, 8 + headerLength, entry.Value));
    }

    /// <summary>Writes the tensors in the order given.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, tensor) in tensors)
        {
            writer.Add(name, tensor);
        }

        writer.Write(path);
    }

    private static Tensor ReadTensor(byte[] bytes, int dataStart, JsonElement entry)
    {
        var size = entry.GetProperty("shape").EnumerateArray().Select(length => length.GetInt64()).ToArray();
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32()).ToArray();
        var values = new float[(offsets[1] - offsets[0]) / sizeof(float)];
        Buffer.BlockCopy(bytes, dataStart + offsets[0], values, 0, offsets[1] - offsets[0]);
        return tensor(values, size);
    }
}
