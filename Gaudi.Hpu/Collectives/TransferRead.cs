using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>A read of a peer's memory.</summary>
/// <param name="Id">Chosen by the caller, unique among its reads under way.</param>
/// <param name="Endpoint">Where the peer listens: host:port.</param>
/// <param name="Key">Under which the peer offers the blocks; it is told by the same key, once, when the read has succeeded.</param>
/// <param name="Digest">Of what the blocks must hold: the peer refuses where it offers something else by this key.</param>
/// <param name="PartsOf">
/// From the peer's metadata to what is read, in order. Called once on a thread of the lane;
/// <see cref="TransferRefusedException"/> ends the read.
/// </param>
public sealed record TransferRead(
    long Id, string Endpoint, string Key, string Digest, Func<ReadOnlyMemory<byte>, ImmutableArray<TransferPart>> PartsOf);
