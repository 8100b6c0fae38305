using System.Text;
using Gaudi.Hpu.Models;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Decoding;

/// <summary>Every one of the 256 codes of float8 e4m3.</summary>
public sealed class Float8CodesTests
{
    [Fact]
    public void Every_code_is_what_libtorch_says()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-fp8-").FullName;
        try
        {
            using var scope = NewDisposeScope();
            var header = Encoding.UTF8.GetBytes("""
                {"m.weight":{"dtype":"F8_E4M3","shape":[2,128],"data_offsets":[0,256]},
                "m.weight_scale":{"dtype":"F32","shape":[],"data_offsets":[256,260]}}
                """);
            var codes = Enumerable.Range(0, 256).Select(code => (byte)code).ToArray();
            File.WriteAllBytes(
                Path.Combine(folder, "model.safetensors"),
                [.. BitConverter.GetBytes((long)header.Length), .. header, .. codes, .. BitConverter.GetBytes(1f)]);
            using var stored = Checkpoint.Open(folder);
            var exact = stored.Read("m.weight", 0, 0, 2).to_type(ScalarType.Float32).data<float>().ToArray();
            using var checkpoint = Checkpoint.Open(folder, new ModelQuantization("fp8", [], []));
            var read = checkpoint.Read("m.weight", 0, 0, 2).data<float>().ToArray();
            Assert.Equal(exact, read);
            Assert.Equal(448, read[126]);
            Assert.True(float.IsNaN(read[127]) && float.IsNaN(read[255]));
            Assert.Equal([MathF.Pow(2, -9), 7 * MathF.Pow(2, -9), MathF.Pow(2, -6)], new[] { read[1], read[7], read[8] });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
