using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;

namespace Gaudi.Hpu.Models.Vision;

/// <summary>
/// The vision tower of Qwen2-VL under its checkpoint names: `patch_embed.proj`, `blocks.i.{norm1, attn.qkv, attn.proj,
/// norm2, mlp.fc1, mlp.fc2}` and `merger.{ln_q, mlp.0, mlp.2}`, all below `visual`.
/// </summary>
/// <remarks>
/// Source: Wang et al. 2024 (Qwen2-VL), section 2.1; names of Qwen/Qwen2-VL-2B-Instruct's weights as
/// huggingface/transformers' modeling_qwen2_vl.py reads them.
/// </remarks>
public static class Qwen2VisionTower
{
    /// <summary>The tower, its weights not yet loaded; every rank builds the same.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Builds the ops, and keeps those with weights for the loader.</param>
    /// <param name="prefix">`visual` in the published checkpoints.</param>
    public static VisionTower Build(VisionConfig config, LayerOps ops, string prefix = "visual") => new(
        ops.PatchEmbedding(
            $"{prefix}.patch_embed.proj", config.ChannelCount, config.PatchFrameCount, config.PatchSizePixels,
            config.EmbeddingSize),
        [
            .. Enumerable.Range(0, config.BlockCount).Select(index => new VisionBlock(
                ops, $"{prefix}.blocks.{index}", config.EmbeddingSize, config.HeadCount, config.MlpSize)),
        ],
        new PatchMerger(ops, $"{prefix}.merger", config.EmbeddingSize, config.MergeSize, config.HiddenSize),
        config.MergeSize,
        config.HeadDim);
}
