using System.Runtime.InteropServices;
using Gaudi.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Safetensors;

public sealed class CheckpointFilesTests : IDisposable
{
    private readonly SafetensorsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_are_joined_by_the_index()
    {
        WriteShard("model-00001-of-00002.safetensors", "a", 1);
        WriteShard("model-00002-of-00002.safetensors", "b", 2);
        WriteIndex("""{"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var a = checkpoint.Read("a", 0, 0, 1);
        using var b = checkpoint.Read("b", 0, 0, 1);
        Assert.Equal(["a", "b"], checkpoint.Names);
        Assert.Equal((1f, 2f), (a.item<float>(), b.item<float>()));
    }

    [Fact]
    public void Single_file_is_taken_before_an_index()
    {
        WriteShard("model.safetensors", "a", 1);
        WriteIndex("not read");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["a"], checkpoint.Names);
    }

    [Fact]
    public void Tensor_the_index_does_not_name_is_seen_as_left_over()
    {
        WriteShard("one.safetensors", "a", 1);
        WriteIndex("""{"weight_map":{}}""");
        using (var empty = Checkpoint.Open(_folder.Path))
            Assert.Empty(empty.Names);
        _folder.Write(
            "two.safetensors",
            """{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""",
            [1, 2]);
        WriteIndex("""{"weight_map":{"b":"two.safetensors"}}""");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var error = Assert.Throws<CheckpointException>(() => checkpoint.RequireExactly(["b"]));
        Assert.Contains("missing: none; left over: c;", error.Message);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors"}}""", "expected a tensor 'b'")]
    [InlineData("""{"weight_map":{"a":"two.safetensors","b":"one.safetensors"}}""", "it is in")]
    [InlineData("""{"weight_map":{"a":"three.safetensors"}}""", "three.safetensors: expected a readable file")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "expected the name of a safetensors file in this folder")]
    [InlineData("""{"weight_map":{"a":7}}""", "came 7")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "index.json: expected JSON")]
    [InlineData("""{"weight_map":[]}""", "expected an object 'weight_map'")]
    [InlineData("""{}""", "expected an object 'weight_map'")]
    [InlineData("""{"weight_map":""", "index.json: expected JSON")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","x":"copy.safetensors"}}""", "also in")]
    public void Index_that_does_not_hold_is_named(string index, string expected)
    {
        WriteShard("one.safetensors", "a", 1);
        WriteShard("two.safetensors", "b", 2);
        WriteShard("copy.safetensors", "a", 3);
        WriteIndex(index);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder.Path));
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain(_folder.Path, File.ReadAllText("/proc/self/maps")); // Nothing stays mapped after a failure.
    }

    [Fact]
    public void Folder_without_weights_says_what_is_in_it()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "pytorch_model.bin"), "");
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder.Path));
        Assert.Contains("came pytorch_model.bin", error.Message);
        var missing = Assert.Throws<CheckpointException>(() => Checkpoint.Open(Path.Combine(_folder.Path, "none")));
        Assert.Contains("there is none", missing.Message);
    }

    private void WriteShard(string fileName, string tensor, float value) => _folder.Write(
        fileName,
        SafetensorsFolder.Aligned($$$"""{"{{{tensor}}}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"""),
        MemoryMarshal.AsBytes<float>([value]));

    private void WriteIndex(string json) =>
        File.WriteAllText(Path.Combine(_folder.Path, "model.safetensors.index.json"), json);
}
