using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>What a rank tells a peer before its first read.</summary>
/// <param name="Format">Version of this record and of the arithmetic behind it.</param>
/// <param name="EngineId">Of the server.</param>
/// <param name="Model">What must be equal for blocks to mean the same.</param>
/// <param name="TensorParallelSize">Ranks of the group: each reads its own rank's shard.</param>
/// <param name="Rank">This rank.</param>
/// <param name="BlockCount">Blocks of each region.</param>
/// <param name="BaseAddresses">Of the regions.</param>
/// <param name="BlockBytes">Of one block of each region.</param>
public sealed record KvHandshake(
    int Format, string EngineId, KvModelFacts Model, int TensorParallelSize, int Rank, int BlockCount,
    ImmutableArray<long> BaseAddresses, ImmutableArray<long> BlockBytes)
{
    /// <summary>The present format.</summary>
    public const int CurrentFormat = 1;

    /// <summary>SHA-256, in lower-case hex, of everything peers must have alike.</summary>
    public string CompatibilityHash => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', Terms.Select(term => $"{term.Name}={term.Value}")))));

    /// <summary>The regions, as the peer numbers them.</summary>
    [JsonIgnore]
    public ImmutableArray<BlockRegion> Regions =>
        [.. BaseAddresses.Zip(BlockBytes, (address, bytes) => new BlockRegion(address, bytes, BlockCount))];

    private ImmutableArray<(string Name, string Value)> Terms =>
    [
        ("format", $"{Format}"), .. Model.Terms, ("tensor parallel size", $"{TensorParallelSize}"),
        ("block bytes", string.Join(' ', BlockBytes)),
    ];

    /// <summary>For the lane.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Reads what a peer sent, and holds it against this rank's.</summary>
    /// <param name="bytes">The peer's metadata.</param>
    /// <param name="engineId">Of the server that the blocks are to come from.</param>
    /// <exception cref="TransferRefusedException">
    /// It is none, of another engine or rank, or differs: both hashes and what differs are named.
    /// </exception>
    public KvHandshake Peer(ReadOnlyMemory<byte> bytes, string engineId)
    {
        var peer = Read(bytes);
        if (peer.EngineId != engineId)
            throw new TransferRefusedException(
                $"engine {engineId} was expected, engine {peer.EngineId} answered: the server there was started anew");
        if (peer.CompatibilityHash != CompatibilityHash)
        {
            var theirs = peer.Terms.ToDictionary(term => term.Name, term => term.Value, StringComparer.Ordinal);
            var differences = Terms.Where(term => theirs[term.Name] != term.Value)
                .Select(term => $"{term.Name} is {term.Value} here and {theirs[term.Name]} there");
            throw new TransferRefusedException(
                $"compatibility hash {CompatibilityHash[..16]} here, {peer.CompatibilityHash[..16]} at engine {peer.EngineId}: "
                + string.Join("; ", differences));
        }
        return peer.Rank == Rank
            ? peer
            : throw new TransferRefusedException($"rank {Rank} of engine {engineId} was expected, rank {peer.Rank} answered");
    }

    private static KvHandshake Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var json = JsonElement.Parse(bytes.Span);
            if (json.GetProperty(nameof(Format)).GetInt32() is var format and not CurrentFormat)
                throw new TransferRefusedException($"handshake format {CurrentFormat} was expected, the peer has {format}");
            var peer = json.Deserialize<KvHandshake>() ?? throw new JsonException("null");
            if (peer.BlockCount <= 0 || peer.BaseAddresses.IsDefault || peer.BlockBytes.IsDefault || peer.Model is null
                || peer.BaseAddresses.Length != peer.BlockBytes.Length || peer.BlockBytes.Any(length => length <= 0))
                throw new JsonException("regions do not fit each other");
            return peer;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new TransferRefusedException($"the peer's {bytes.Length} bytes are no handshake of a KV connector: {fault.Message}");
        }
    }
}
