using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>Blocks that every rank reads from its peer. Without blocks: the peer is told that its offer is not wanted.</summary>
/// <param name="SequenceId">For whom.</param>
/// <param name="Source">Where they lie.</param>
/// <param name="Digest">Of the prompt that they must hold, and of their ids there; the peer refuses others.</param>
/// <param name="LocalBlocks">Where they go; unused until the load has ended on every rank.</param>
/// <param name="RemoteBlocks">Their ids there; as many.</param>
public sealed record KvLoad(
    long SequenceId, KvSource Source, string Digest, ImmutableArray<int> LocalBlocks, ImmutableArray<int> RemoteBlocks);
