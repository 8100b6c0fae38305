using System.Security.Cryptography;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Tests.Hpu.Collectives;

/// <summary>A rank's memory for a lane: regions of bytes that stay where they are.</summary>
internal sealed class LaneMemory
{
    private readonly byte[][] _regions;
    private readonly int _blockBytes;

    internal LaneMemory(int regionCount, int blockCount, int blockBytes, int seed)
    {
        _blockBytes = blockBytes;
        _regions = [.. Enumerable.Range(0, regionCount).Select(_ => GC.AllocateArray<byte>(blockCount * blockBytes, pinned: true))];
        var random = new Random(seed);
        foreach (var region in _regions)
            random.NextBytes(region);
        Blocks = [.. _regions.Select(region => new BlockRegion(Address(region), blockBytes, blockCount))];
    }

    internal BlockRegion[] Blocks { get; }

    internal TransferMemory For(string metadata = "hello") => new([.. Blocks], System.Text.Encoding.UTF8.GetBytes(metadata));

    /// <summary>A hash of a block's bytes in every region.</summary>
    internal string Block(int block)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var region in _regions)
            hash.AppendData(region, block * _blockBytes, _blockBytes);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The read of some blocks, one part each.</summary>
    internal static TransferPart[] Parts(LaneMemory local, int[] localBlocks, LaneMemory remote, int[] remoteBlocks) =>
        [.. localBlocks.Zip(remoteBlocks, (here, there) => new TransferPart(
            [.. local.Blocks.Select(region => region.Blocks(here, 1))], [.. remote.Blocks.Select(region => region.Blocks(there, 1))]))];

    private static unsafe long Address(byte[] region) =>
        (long)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(region));
}
