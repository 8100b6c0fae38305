using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.Execution;

/// <summary>What a rank loads and how much room it keeps.</summary>
/// <param name="ModelFolder">A Hugging Face model folder: config.json and safetensors.</param>
/// <param name="Dtype">`auto` (follows the checkpoint), `float32` or `bfloat16`.</param>
/// <param name="BlockSizeTokens">Positions a KV block holds; 128 on Gaudi.</param>
/// <param name="KvBlockCount">How many KV blocks the cache has; null sizes it from the card's free memory.</param>
/// <param name="MaxModelLen">Longest sequence served; null takes the model's own limit.</param>
/// <param name="MemoryUtilization">The part of the card's memory that weights and KV may use, over 0 to 1.</param>
public sealed record ModelRunnerSettings(
    string ModelFolder, string Dtype, int BlockSizeTokens, int? KvBlockCount, int? MaxModelLen,
    double MemoryUtilization)
{
    /// <summary>
    /// Sequences that run at once: a KV cache sized from memory holds no more than so many of full length. Null: no
    /// such cap.
    /// </summary>
    public int? SequencesMax { get; init; }

    /// <summary>The draft model; null without one.</summary>
    public DraftSettings? Draft { get; init; }

    /// <summary>Most rows a step verifies drafts with, whoever proposes them; 0 without speculation.</summary>
    public int VerifiedRowsMax { get; init; }

    /// <summary>When a draft token of a sampled request stands.</summary>
    public VerificationMode Verification { get; init; }

    /// <summary>Whether the ranks share mixtures of experts by whole experts; false shares each expert.</summary>
    public bool IsExpertParallel { get; init; }

    /// <summary>Experts a mixture computes in one pass over its tokens; null computes all in one. No bit depends on it.</summary>
    public int? ExpertsPerSlice { get; init; }

    /// <summary>How float8 weights and activations are scaled.</summary>
    public Fp8Settings Fp8 { get; init; } = Fp8Settings.Usual;

    /// <summary>The place for adapters; null where none are served.</summary>
    public LoraSettings? Lora { get; init; }

    /// <summary>
    /// How keys and values are kept: `auto` as activations, or as the checkpoint says; `fp8` and its other names in a byte.
    /// </summary>
    public string KvCacheDtype { get; init; } = "auto";

    /// <summary>How KV blocks are handed to another group, or taken from one; null where they are not.</summary>
    public KvConnectorSettings? KvConnector { get; init; }

    /// <summary>Whether steps will verify drafts, whoever proposes them.</summary>
    internal bool VerifiesDrafts => Draft is not null || VerifiedRowsMax > 0;

    /// <summary>Refuses values that no model could be loaded with.</summary>
    /// <exception cref="Models.CheckpointException">The block size or the memory utilization.</exception>
    internal void Check()
    {
        if (BlockSizeTokens < 1 || BlockSizeTokens % 8 != 0)
            throw new Models.CheckpointException(
                $"the KV block size must be a multiple of 8 tokens, not {BlockSizeTokens}; a Gaudi card's is 128");
        if (MemoryUtilization is not (> 0 and <= 1))
            throw new Models.CheckpointException(
                $"the memory utilization must be over 0 and at most 1, not {MemoryUtilization}");
    }
}
