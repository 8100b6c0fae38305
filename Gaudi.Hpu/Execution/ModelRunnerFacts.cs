using System.Collections.Immutable;
using Gaudi.Hpu.Cards;

namespace Gaudi.Hpu.Execution;

/// <summary>What a rank holds after loading.</summary>
/// <param name="Architecture">From config.json, such as LlamaForCausalLM.</param>
/// <param name="Dtype">float32 or bfloat16.</param>
/// <param name="VocabularySize">Columns of the logits.</param>
/// <param name="MaxModelLen">Longest sequence served, in tokens.</param>
/// <param name="BlockSizeTokens">Positions a KV block holds.</param>
/// <param name="KvBlockCount">KV blocks the scheduler may use.</param>
/// <param name="WeightBytes">Bytes of weights this rank holds.</param>
/// <param name="KvBytes">Bytes of KV cache this rank holds.</param>
public sealed record ModelRunnerFacts(
    string Architecture, string Dtype, int VocabularySize, int MaxModelLen, int BlockSizeTokens, int KvBlockCount,
    long WeightBytes, long KvBytes)
{
    /// <summary>What the user should know, such as that a checkpoint's values were widened; usually empty.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>
    /// Sequences whose states are kept at once; 0 for a model without states. One with states finds no prefix in the cache
    /// and verifies no drafts: a state cannot be shared or taken back.
    /// </summary>
    public int StateSlotCount { get; init; }

    /// <summary>Values of a hidden state; 0 where nobody said.</summary>
    public int HiddenSize { get; init; }

    /// <summary>What the card may give out. Unit: bytes.</summary>
    public long CardBytes { get; init; }

    /// <summary>The part of it that weights, activations and KV blocks may use, over 0 to 1.</summary>
    public double MemoryUtilization { get; init; }

    /// <summary>Who holds what of the card after loading, in the order it was taken.</summary>
    public ImmutableArray<LeaseRecord> Ledger { get; init; } = [];
}
