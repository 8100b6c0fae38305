using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>Cuts a load into runs, each of which is read whole or not at all.</summary>
/// <param name="local">Block ids here, by position.</param>
/// <param name="remote">Block ids at the peer; as many.</param>
/// <returns>In order, every block in exactly one.</returns>
public delegate ImmutableArray<BlockRun> BlockRunForward(ImmutableArray<int> local, ImmutableArray<int> remote);
