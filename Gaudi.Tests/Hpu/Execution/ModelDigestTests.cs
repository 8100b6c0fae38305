using System.Buffers.Binary;
using System.Text;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

public sealed class ModelDigestTests : IDisposable
{
    private const int LayerCount = 40;
    private const int LayerBytes = 100_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-digest-").FullName;
    private readonly byte[] _scales = new byte[4 * LayerCount];
    private readonly byte[] _layers = new byte[LayerCount * LayerBytes];

    public ModelDigestTests()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), "{}");
        new Random(3).NextBytes(_layers);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Digest()
    {
        var header = Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, LayerCount).SelectMany(i => new[]
        {
            Entry($"layers.{i}.k_scale", 4 * i, 4), Entry($"layers.{i}.weight", _scales.Length + (i * LayerBytes), LayerBytes),
        })) + "}");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), [.. length, .. header, .. _scales, .. _layers]);
        return ModelDigest.Of(_folder);

        static string Entry(string name, int begin, int bytes) =>
            $$"""
            "{{name}}":{"dtype":"U8","shape":[{{bytes}}],"data_offsets":[{{begin}},{{begin + bytes}}]}
            """;
    }

    [Fact]
    public void One_scale_or_one_trained_layer_of_many_is_seen()
    {
        var before = Digest();
        Assert.Equal(before, Digest());
        _scales[4 * 23] ^= 1;
        var scaled = Digest();
        Assert.NotEqual(before, scaled);
        foreach (ref var value in _layers.AsSpan(17 * LayerBytes, LayerBytes))
            value ^= 1;
        Assert.NotEqual(scaled, Digest());
    }

    [Theory]
    [InlineData("quantize_config.json")]
    [InlineData("quant_config.json")]
    public void File_that_tells_how_weights_are_read_is_seen(string name)
    {
        var digests = new List<string> { Digest() };
        foreach (var text in new[] { """{"bits":4,"group_size":128}""", """{"bits":4,"group_size":64}""" })
        {
            File.WriteAllText(Path.Combine(_folder, name), text);
            digests.Add(ModelDigest.Of(_folder));
        }
        Assert.Equal(3, digests.Distinct().Count());
    }

    [Fact]
    public void Folders_are_told_apart_by_content_and_order_and_not_by_place()
    {
        var first = Digest();
        var copy = Directory.CreateTempSubdirectory("gaudi-digest-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(_folder))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            Assert.Equal(first, ModelDigest.Of(copy));
            Assert.NotEqual(first, ModelDigest.Of(copy, _folder));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public void Damaged_file_is_refused_by_name()
    {
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), new byte[100]);
        Assert.Contains("model.safetensors", Assert.Throws<CheckpointException>(() => ModelDigest.Of(_folder)).Message);
    }
}
