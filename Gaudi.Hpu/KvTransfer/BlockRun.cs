namespace Gaudi.Hpu.KvTransfer;

/// <summary>Blocks that are neighbours here and at the peer, and so one descriptor a region.</summary>
/// <param name="FirstLocal">The first one's id here.</param>
/// <param name="FirstRemote">Its id at the peer.</param>
/// <param name="Count">How many.</param>
public readonly record struct BlockRun(int FirstLocal, int FirstRemote, int Count);
