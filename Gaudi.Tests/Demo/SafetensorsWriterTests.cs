using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Gaudi.Hpu.Models.Safetensors;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Demo;

/// <summary>The bytes of a safetensors file.</summary>
public sealed class SafetensorsWriterTests
{
    [Fact]
    public void Write_lays_out_length_header_and_data()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var first = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        using var turned = first.t(); // not contiguous
        using var second = turned.to(ScalarType.BFloat16);
        var writer = new SafetensorsWriter();
        writer.Add("a", turned);
        writer.Add("b", second);
        writer.Write(path);
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);

        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, headerLength))!;
        Assert.Equal(0, (8 + headerLength) % 64);
        Assert.Equal("pt", header["__metadata__"]!["format"]!.GetValue<string>());
        Assert.Equal("""{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]}""", header["a"]!.ToJsonString());
        Assert.Equal("""{"dtype":"BF16","shape":[3,2],"data_offsets":[24,36]}""", header["b"]!.ToJsonString());
        Assert.Equal(8 + headerLength + 36, bytes.Length);
        var values = Enumerable.Range(0, 6).Select(i => BitConverter.ToSingle(bytes, 8 + headerLength + (4 * i)));
        Assert.Equal([1, 4, 2, 5, 3, 6], values);
    }

    [Fact]
    public void Add_refuses_a_name_twice()
    {
        using var any = ones(1);
        var writer = new SafetensorsWriter();
        writer.Add("a", any);
        Assert.Throws<ArgumentException>(() => writer.Add("a", any));
    }
}
