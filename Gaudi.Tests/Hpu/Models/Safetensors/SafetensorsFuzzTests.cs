using System.Text;
using Gaudi.Hpu.Models;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Hpu.Models.Safetensors;

public sealed class SafetensorsFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int Seed = 20_261_124;
    private const int MutationCount = 1000;

    private static readonly string[] Splices =
    [
        "0", "-1", "1e400", "9223372036854775807", "9223372036854775808", "18446744073709551616", "null", "[]", "{}", "\"F32\"",
        "\"BF16\"", "\"U8\"", "true", "[0,0]", "\"", "{", "}", ",", ":", "\\ud800", "\"a\":", "__metadata__", " ", "\0",
    ];

    private readonly SafetensorsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A changed file is read whole or refused with a sentence that names it; nothing else, and never a crash.</summary>
    [Fact]
    public void Mutated_file_is_refused_or_read_whole()
    {
        var original = SafetensorsFolder.FileBytes(
            SafetensorsFolder.Aligned(
                """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"U8","shape":[],"data_offsets":[32,33]}}"""),
            Enumerable.Range(0, 33).Select(i => (byte)i).ToArray());
        var random = new Random(Seed);
        int refused = 0, read = 0;
        for (var round = 0; round < MutationCount; round++)
        {
            var bytes = Mutate(original, random);
            var path = _folder.WriteBytes("model.safetensors", bytes);
            try
            {
                ReadWhole();
                read++;
            }
            catch (CheckpointException error)
            {
                Assert.True(error.Message.StartsWith(path, StringComparison.Ordinal), $"seed {Seed}, round {round}: {error.Message}");
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {Seed}, round {round}: {error}\n{Convert.ToHexString(bytes)}");
            }
        }
        output.WriteLine($"seed {Seed}: {refused} refused, {read} read");
        Assert.True(refused > MutationCount / 4, $"{refused} refused"); // Both outcomes are reached, or the fuzz proves nothing.
        Assert.True(read > MutationCount / 20, $"{read} read");
        Assert.DoesNotContain(_folder.Path, File.ReadAllText("/proc/self/maps"));
    }

    private void ReadWhole()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        foreach (var name in checkpoint.Names)
        {
            var tensor = checkpoint.Find(name)!;
            using var whole = checkpoint.Read(name, 0, 0, tensor.Shape.IsEmpty ? 1 : tensor.Shape[0]);
            using var copy = whole.clone(); // Touches every byte.
            Assert.Equal(tensor.Bytes, copy.numel() * copy.element_size());
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(9))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
                case 4: bytes[at] = (byte)('0' + random.Next(10)); break;
                case 5: ReplaceInHeader(bytes, at, Encoding.UTF8.GetBytes(Splices[random.Next(Splices.Length)])); break;
                case 6: bytes[8 + random.Next(Math.Min(200, bytes.Count - 8))] ^= (byte)random.Next(32); break;
                default: bytes[^random.Next(1, 16)] ^= (byte)random.Next(256); break; // Data: every value is allowed.
            }
            if (bytes.Count < 16)
                break;
        }
        return [.. bytes];
    }

    /// <summary>Writes over the header without changing its length, so that what follows is reached.</summary>
    private static void ReplaceInHeader(List<byte> bytes, int at, byte[] splice)
    {
        for (var i = 0; i < splice.Length && at + i < bytes.Count; i++)
            bytes[at + i] = splice[i];
    }
}
