using System.Text;
using Gaudi.Hpu.Collectives;
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
    [InlineData("block bytes", "4096 4096", "4096 8192")]
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
        var theirs = Mine with
        {
            EngineId = "peer", Model = model, TensorParallelSize = what == "tensor parallel size" ? 1 : 2,
            BlockBytes = what == "block bytes" ? [4096, 8192] : Mine.BlockBytes,
        };
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

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    public void Peer_without_blocks_is_refused(int blockCount) =>
        Assert.Contains("are no handshake of a KV connector", Refusal(Mine with { EngineId = "peer", BlockCount = blockCount }, "peer"));

    private static string Refusal(KvHandshake theirs, string engineId) =>
        Assert.Throws<TransferRefusedException>(() => Mine.Peer(theirs.ToBytes(), engineId)).Message;
}
