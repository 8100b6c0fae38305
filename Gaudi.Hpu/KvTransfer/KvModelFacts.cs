using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>What decides the bits of a KV block, and where they lie in it.</summary>
/// <param name="Digest">Of the model's folder, and of the draft model's, without their place.</param>
/// <param name="Dtype">Of weights and activations.</param>
/// <param name="BlockSizeTokens">Positions a block holds.</param>
/// <param name="Layout">Of blocks: shapes, and the type that is stored.</param>
/// <param name="IsExpertParallel">Whether mixtures are shared by whole experts: sums have another order then.</param>
public sealed record KvModelFacts(string Digest, string Dtype, int BlockSizeTokens, string Layout, bool IsExpertParallel)
{
    /// <summary>By name, in a fixed order.</summary>
    internal ImmutableArray<(string Name, string Value)> Terms =>
    [
        ("model digest", Digest), ("dtype", Dtype), ("block size", $"{BlockSizeTokens}"), ("layout", Layout),
        ("expert parallel", IsExpertParallel ? "on" : "off"),
    ];
}
