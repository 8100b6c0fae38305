using System.Text;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Xunit;

namespace Gaudi.Tests.Hpu.KvTransfer;

public sealed class KvHandshakeTests
{
    private static readonly KvModelFacts Model = new("digest", "float32", 16, "2 of 1x8x16 Float32", false);

    private static readonly KvHandshake Mine = new(1, "me", Model, 2, 1, 32, [1 << 20, 2 << 20], [4096, 4096]);

    [Fact]
    public void Peer_of_the_same_model_gives_its_regions()
    {
        var theirs = Mine with { EngineId = "peer", BlockCount = 7, BaseAddresses = [100, 200] };
        var read = Mine.Peer(theirs.ToBytes(), "peer");
        Assert.Equal([new BlockRegion(100, 4096, 7), new BlockRegion(200, 4096, 7)], read.Regions.AsEnumerable());
        Assert.Equal(Mine.CompatibilityHash, theirs.CompatibilityHash);
    }

    [Theory]
    [InlineData("model digest", "digest", "other")]
    [InlineData("dtype", "float32", "bfloat16")]
    [InlineData("block size", "16", "32")]
    [InlineData("layout", "2 of 1x8x16 Float32", "2 of 2x8x16 Float32")]
    [InlineData("expert parallel", "off", "on")]
    [InlineData("tensor parallel size", "2", "1")]
    public void Peer_that_differs_is_refused_with_both_hashes_and_the_difference(string what, string here, string there)
    {
        var model = what switch
        {
            "model digest" => Model with { Digest = there },
            "dtype" => Model with { Dtype = there },
            "block size" => Model with { BlockSizeTokens = 32 },
            "layout" => Model with { Layout = there },
            "expert parallel" => Model with { IsExpertParallel = true },
            _ => Model,
        };
        var theirs = Mine with { EngineId = "peer", Model = model, TensorParallelSize = what == "tensor parallel size" ? 1 : 2 };
        Assert.Equal(
            $"compatibility hash {Mine.CompatibilityHash[..16]} here, {theirs.CompatibilityHash[..16]} at engine peer: "
            + $"{what} is {here} here and {there} there",
            Assert.Throws<TransferRefusedException>(() => Mine.Peer(theirs.ToBytes(), "peer")).Message);
    }

    [Fact]
    public void Another_life_of_the_server_another_rank_and_another_format_are_refused()
    {
        var theirs = Mine with { EngineId = "peer" };
        Assert.Contains("engine old was expected, engine peer answered", Refusal(theirs, "old"));
        Assert.Contains("rank 1 of engine peer was expected, rank 0 answered", Refusal(theirs with { Rank = 0 }, "peer"));
        Assert.Contains("handshake format 1 was expected, the peer has 2", Refusal(theirs with { Format = 2 }, "peer"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"Format\":\"x\"}")]
    [InlineData("{\"Format\":1}")]
    [InlineData("{\"Format\":1,\"EngineId\":\"e\",\"BaseAddresses\":[1],\"BlockBytes\":[-1],\"Model\":{}}")]
    public void Bytes_that_are_no_handshake_are_refused(string bytes) => Assert.Contains(
        "are no handshake of a KV connector",
        Assert.Throws<TransferRefusedException>(() => Mine.Peer(Encoding.UTF8.GetBytes(bytes), "peer")).Message);

    [Fact]
    public void Digest_tells_models_apart_by_their_contents_and_not_by_their_place()
    {
        using var folders = new TwoFolders();
        folders.Write(0, "config.json", "{}"u8);
        folders.Write(1, "config.json", "{}"u8);
        var weights = new byte[300_000];
        folders.Write(0, "model.safetensors", weights);
        folders.Write(1, "model.safetensors", weights);
        Assert.Equal(ModelDigest.Of(folders[0]), ModelDigest.Of(folders[1]));
        weights[^1] = 1;
        folders.Write(1, "model.safetensors", weights);
        Assert.NotEqual(ModelDigest.Of(folders[0]), ModelDigest.Of(folders[1]));
        Assert.NotEqual(ModelDigest.Of(folders[0]), ModelDigest.Of(folders[0], folders[0]));
    }

    private static string Refusal(KvHandshake theirs, string engineId) =>
        Assert.Throws<TransferRefusedException>(() => Mine.Peer(theirs.ToBytes(), engineId)).Message;

    private sealed class TwoFolders : IDisposable
    {
        private readonly string[] _paths =
            [Directory.CreateTempSubdirectory("gaudi-digest-").FullName, Directory.CreateTempSubdirectory("gaudi-digest-").FullName];

        public string this[int index] => _paths[index];

        public void Write(int index, string name, ReadOnlySpan<byte> bytes) => File.WriteAllBytes(Path.Combine(_paths[index], name), bytes);

        public void Dispose() => Array.ForEach(_paths, path => Directory.Delete(path, recursive: true));
    }
}
