namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// YaRN as DeepSeek V2 and V3 use it: the values are multiplied by the ratio of two magnitudes, and the rest of the second is
/// in the attention's scale.
/// </summary>
/// <remarks>Source: DeepSeek-AI 2024 (DeepSeek-V2), section 3.1.4, and its published configuration (mscale, mscale_all_dim).</remarks>
[OpName("DeepseekScalingRotaryEmbedding", "rotary_embedding_deepseek_yarn")]
public class DeepseekScalingRotaryEmbedding(OpSpec spec) : YarnScalingRotaryEmbedding(spec);
