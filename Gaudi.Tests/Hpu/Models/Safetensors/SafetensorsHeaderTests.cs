using Gaudi.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Safetensors;

public sealed class SafetensorsHeaderTests : IDisposable
{
    private readonly SafetensorsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", null)]
    [InlineData("""{"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", null)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}     """, null)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}""", "JSON header")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "JSON header")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "end at byte")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""", "expected 5 bytes from byte")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""", "expected to begin at data byte 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "tensor 'b': expected to begin at data byte 3")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "tensor 'b': expected to begin at data byte 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}""", "expected 16 bytes for F32 [4], came 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", "data_offsets [begin, end]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}""", "data_offsets [begin, end]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", "data_offsets [begin, end]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4]}}""", "data_offsets [begin, end]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""", "a shape of whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4.5],"data_offsets":[0,4]}}""", "a shape of whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}""", "a shape of whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296,4294967296,4294967296,0],"data_offsets":[0,0]}}""", "fit in 63 bits")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807,2],"data_offsets":[0,4]}}""", "fit in 63 bits")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", "offsets inside the file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,4]}}""", "a shape of whole numbers")]
    [InlineData("""{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,4]}}""", "expected one of the types F64, F32")]
    [InlineData("""{"a":{"dtype":7,"shape":[4],"data_offsets":[0,4]}}""", "expected a dtype")]
    [InlineData("""{"a":{"shape":[4],"data_offsets":[0,4]}}""", "expected a dtype")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}""", "came 'x'")]
    [InlineData("""{"a":[]}""", "tensor 'a': expected an object")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"__metadata__":{"n":1}}""", "expected __metadata__ to map text to text")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"__metadata__":[]}""", "expected __metadata__ to map text to text")]
    [InlineData("""{"a\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "JSON header")]
    [InlineData("""[]""", "a header that is an object")]
    [InlineData("""{""", "JSON header")]
    [InlineData("", "JSON header")]
    public void Header_is_taken_or_its_fault_is_named(string header, string? fault)
    {
        var path = _folder.Write("model.safetensors", header, [1, 2, 3, 4]);
        if (fault is null)
        {
            using var checkpoint = Checkpoint.Open(_folder.Path);
            Assert.Contains("a", checkpoint.Names);
            return;
        }
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder.Path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Theory]
    [InlineData(new byte[0], "expected at least 8 bytes, came 0")]
    [InlineData(new byte[] { 1, 0, 0 }, "expected at least 8 bytes, came 3")]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 123, 125 }, "expected a header of 3 bytes, came 2")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 }, "at most 100000000 bytes, came 18446744073709551615")]
    [InlineData(new byte[] { 1, 225, 245, 5, 0, 0, 0, 0, 123, 125 }, "at most 100000000 bytes, came 100000001")]
    [InlineData(new byte[] { 80, 75, 3, 4, 20, 0, 6, 0 }, "this is not a safetensors file")]
    public void Length_is_checked_before_it_is_used(byte[] bytes, string fault)
    {
        _folder.WriteBytes("model.safetensors", bytes);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder.Path));
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        var whole = SafetensorsFolder.FileBytes("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", [1, 2, 3, 4]);
        for (var bytes = 0; bytes < whole.Length; bytes++)
        {
            _folder.WriteBytes("model.safetensors", whole.AsSpan(0, bytes));
            Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder.Path));
        }
    }
}
