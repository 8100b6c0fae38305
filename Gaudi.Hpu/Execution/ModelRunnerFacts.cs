using System.Collections.Immutable;

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
}
