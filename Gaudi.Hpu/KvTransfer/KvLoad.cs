using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>Blocks that every rank reads from its peer. Without blocks: the peer is told that its offer is not wanted.</summary>
/// <param name="SequenceId">For whom.</param>
/// <param name="Source">Where they lie.</param>
/// <param name="LocalBlocks">Where they go; unused until the load has ended on every rank.</param>
/// <param name="RemoteBlocks">Their ids there; as many.</param>
public sealed record KvLoad(
    long SequenceId, KvSource Source, ImmutableArray<int> LocalBlocks, ImmutableArray<int> RemoteBlocks);
