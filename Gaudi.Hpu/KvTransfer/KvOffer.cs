using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>Blocks that peers may read from the end of this step on, until they are withdrawn.</summary>
/// <param name="Key">Peers name it.</param>
/// <param name="Digest">Of the prompt that they hold, and of their ids; only who asks for the same may read them.</param>
/// <param name="Blocks">Of the prompt, by position.</param>
public sealed record KvOffer(string Key, string Digest, ImmutableArray<int> Blocks);
