using System.Collections.Immutable;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Requests;

/// <summary>A request's part in disaggregated serving: `kv_transfer_params`.</summary>
/// <param name="IsForRemoteDecode">Its prompt's blocks are kept for another server: `do_remote_decode`.</param>
/// <param name="Source">Where its prompt's blocks lie: `do_remote_prefill` and what it needs; null where they lie nowhere.</param>
/// <param name="RemoteBlocks">Their ids there, by position.</param>
public sealed record KvTransferParams(bool IsForRemoteDecode, KvSource? Source, ImmutableArray<int> RemoteBlocks);
