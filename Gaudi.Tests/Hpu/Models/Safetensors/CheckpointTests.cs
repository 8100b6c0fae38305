using System.Runtime.InteropServices;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Safetensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Safetensors;

public sealed class CheckpointTests : IDisposable
{
    private const string TwoTensors =
        """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"b":{"dtype":"I64","shape":[2],"data_offsets":[48,64]}}""";

    private readonly SafetensorsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_gives_the_stored_values()
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var w = checkpoint.Read("w", 0, 0, 3);
        using var b = checkpoint.Read("b", 0, 0, 2);
        Assert.Equal(["b", "w"], checkpoint.Names);
        Assert.Equal([3, 4], w.shape);
        Assert.Equal(ScalarType.Float32, w.dtype);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), w.data<float>().ToArray());
        Assert.Equal([7L, -9L], b.data<long>().ToArray());
        Assert.Equal(64, checkpoint.TotalBytes);
    }

    [Fact]
    public void Find_says_what_the_header_says()
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var found = checkpoint.Find("w")!;
        Assert.Equal((ScalarType.Float32, 48L), (found.Dtype, found.Bytes));
        Assert.Equal([3, 4], found.Shape.ToArray());
        Assert.Null(checkpoint.Find("v"));
    }

    [Fact]
    public void Rows_are_the_mapped_bytes_themselves()
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var whole = checkpoint.Read("w", 0, 0, 3);
        using var again = checkpoint.Read("w", 0, 0, 3);
        using var rows = checkpoint.Read("w", 0, 1, 2);
        var file = Assert.Single(checkpoint.Files);
        Assert.Equal(file.Start + (nint)(file.Bytes - 64), MappedTensors.AddressOf(whole));
        Assert.Equal(MappedTensors.AddressOf(whole), MappedTensors.AddressOf(again));
        Assert.Equal(MappedTensors.AddressOf(whole) + 16, MappedTensors.AddressOf(rows));
        Assert.Equal([4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f], rows.data<float>().ToArray());
    }

    [Fact]
    public void Columns_are_copied_and_contiguous()
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var columns = checkpoint.Read("w", 1, 1, 2);
        var file = Assert.Single(checkpoint.Files);
        Assert.True(columns.is_contiguous());
        Assert.NotInRange(MappedTensors.AddressOf(columns), file.Start, file.Start + (nint)file.Bytes);
        Assert.Equal([1f, 2f, 5f, 6f, 9f, 10f], columns.data<float>().ToArray());
    }

    [Fact]
    public void File_is_unmapped_when_checkpoint_and_last_tensor_are_gone()
    {
        WriteTwoTensors();
        var checkpoint = Checkpoint.Open(_folder.Path);
        var file = Assert.Single(checkpoint.Files);
        var whole = checkpoint.Read("w", 0, 0, 3);
        var same = checkpoint.Read("w", 0, 0, 3);
        var row = checkpoint.Read("w", 0, 2, 1);
        var derived = whole.narrow(0, 0, 1);
        using (checkpoint.Read("w", 1, 0, 1))
            checkpoint.Dispose();
        checkpoint.Dispose();
        Assert.Equal(12f * 11 / 2, whole.data<float>().ToArray().Sum());
        Assert.Contains(file.Path, File.ReadAllText("/proc/self/maps"));
        whole.Dispose();
        same.Dispose();
        row.Dispose();
        Assert.True(file.IsMapped); // libtorch still holds the memory for the derived view.
        Assert.Equal(1f, derived.data<float>()[1]);
        derived.Dispose();
        Assert.False(file.IsMapped);
        Assert.DoesNotContain(file.Path, File.ReadAllText("/proc/self/maps"));
    }

    [Fact]
    public void Write_to_a_mapped_tensor_stays_in_this_process()
    {
        var path = WriteTwoTensors();
        var before = File.ReadAllBytes(path);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var w = checkpoint.Read("w", 0, 0, 3);
        w.fill_(5);
        Assert.Equal(60f, w.data<float>().ToArray().Sum());
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Unaligned_tensor_is_copied(int remainder)
    {
        WriteTwoTensors(remainder);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var w = checkpoint.Read("w", 0, 1, 2);
        var file = Assert.Single(checkpoint.Files);
        Assert.NotInRange(MappedTensors.AddressOf(w), file.Start, file.Start + (nint)file.Bytes);
        Assert.Equal([4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f], w.data<float>().ToArray());
    }

    [Fact]
    public void Scalar_and_empty_tensors_are_read()
    {
        const string header =
            """{"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},"f":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]}}""";
        _folder.Write("model.safetensors", SafetensorsFolder.Aligned(header), MemoryMarshal.AsBytes<float>([2.5f]));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var scalar = checkpoint.Read("s", 0, 0, 1);
        using var empty = checkpoint.Read("e", 0, 0, 0);
        using var columns = checkpoint.Read("e", 1, 1, 2);
        using var narrow = checkpoint.Read("f", 0, 1, 1);
        Assert.Equal(2.5f, scalar.item<float>());
        Assert.Empty(scalar.shape);
        Assert.Equal([0, 3], empty.shape);
        Assert.Equal([0, 2], columns.shape);
        Assert.Equal([1, 0], narrow.shape);
    }

    [Fact]
    public void What_the_writer_wrote_is_read_in_place()
    {
        using var f32 = torch.arange(0, 15, dtype: ScalarType.Float32).reshape(3, 5);
        using var bf16 = f32.to_type(ScalarType.BFloat16);
        using var odd = torch.tensor(new byte[] { 1, 2, 3 });
        var writer = new SafetensorsWriter();
        writer.Add("f32", f32);
        writer.Add("bf16", bf16);
        writer.Add("odd", odd);
        writer.Write(Path.Combine(_folder.Path, "model.safetensors"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var first = checkpoint.Read("f32", 0, 0, 3);
        using var second = checkpoint.Read("bf16", 0, 0, 3);
        using var third = checkpoint.Read("odd", 0, 0, 3);
        Assert.True(first.bytes.SequenceEqual(f32.bytes));
        Assert.True(second.bytes.SequenceEqual(bf16.bytes));
        Assert.True(third.bytes.SequenceEqual(odd.bytes));
        var file = Assert.Single(checkpoint.Files);
        Assert.InRange(MappedTensors.AddressOf(first), file.Start, file.Start + (nint)file.Bytes);
        Assert.Equal(0, MappedTensors.AddressOf(first) % 64);
    }

    [Fact]
    public void Float8_is_read_under_its_number()
    {
        const string header = """{"q":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]}}""";
        _folder.Write("model.safetensors", SafetensorsFolder.Aligned(header), [0x38, 0xB8, 0x7E, 0x00]); // 1, -1, 448, 0
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var q = checkpoint.Read("q", 1, 0, 1);
        using var wide = q.to_type(ScalarType.Float32);
        Assert.Equal(24, (int)q.dtype);
        Assert.Equal([1f, 448f], wide.data<float>().ToArray());
    }

    [Theory]
    [InlineData(0, 2, 2)]
    [InlineData(0, -1, 1)]
    [InlineData(0, 0, -1)]
    [InlineData(1, 4, 1)]
    [InlineData(2, 0, 1)]
    [InlineData(-1, 0, 1)]
    [InlineData(0, long.MaxValue, 1)]
    [InlineData(0, 1, long.MaxValue)]
    public void Part_outside_the_tensor_is_refused(int dimension, long start, long length)
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var error = Assert.Throws<CheckpointException>(() => checkpoint.Read("w", dimension, start, length));
        Assert.Contains("tensor 'w': expected a part of [3, 4]", error.Message);
    }

    [Fact]
    public void Unknown_tensor_is_named()
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var error = Assert.Throws<CheckpointException>(() => checkpoint.Read("v", 0, 0, 1));
        Assert.Contains("expected a tensor 'v'", error.Message);
    }

    [Fact]
    public void RequireExactly_lists_missing_and_left_over()
    {
        WriteTwoTensors();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        checkpoint.RequireExactly(["w", "b"]);
        checkpoint.RequireExactly(["w"], name => name == "b");
        var error = Assert.Throws<CheckpointException>(() => checkpoint.RequireExactly(["w", "y", "x"]));
        Assert.Contains("missing: x, y; left over: b;", error.Message);
    }

    [Fact]
    public void Read_after_disposal_is_refused()
    {
        WriteTwoTensors();
        var checkpoint = Checkpoint.Open(_folder.Path);
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => checkpoint.Read("w", 0, 0, 1));
    }

    private string WriteTwoTensors(int remainder = 0)
    {
        var data = new byte[64];
        MemoryMarshal.AsBytes<float>(Enumerable.Range(0, 12).Select(i => (float)i).ToArray()).CopyTo(data);
        MemoryMarshal.AsBytes<long>([7L, -9L]).CopyTo(data.AsSpan(48));
        return _folder.Write("model.safetensors", SafetensorsFolder.Aligned(TwoTensors, remainder), data);
    }
}
